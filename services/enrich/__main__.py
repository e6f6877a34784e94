"""`newswire enrich`."""

from __future__ import annotations

import asyncio
import os
from typing import NoReturn

from newswire.telemetry.logs import configure_logs, last_words
from services.enrich.app import run_enrich
from services.enrich.settings import EnrichSettings


def main() -> None:
    """Run one worker until a signal."""
    settings = EnrichSettings()
    configure_logs("enrich", settings.log_level)
    asyncio.run(_run(settings))


async def _run(settings: EnrichSettings) -> NoReturn:
    """End the process without the interpreter's end: that waits for Faust's thread, and for a pipeline that hangs."""
    code = 1
    try:
        with last_words():
            await run_enrich(settings)
            code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
