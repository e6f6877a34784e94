"""`newswire enrich`."""

from __future__ import annotations

import asyncio

from newswire.telemetry.logs import configure_logs
from services.enrich.app import run_enrich
from services.enrich.settings import EnrichSettings


def main() -> None:
    """Run one worker until a signal."""
    settings = EnrichSettings()
    configure_logs("enrich", settings.log_level)
    asyncio.run(run_enrich(settings))


if __name__ == "__main__":
    main()
