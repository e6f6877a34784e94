"""`python -m services.ingest`, and `newswire ingest`."""

from __future__ import annotations

import asyncio
import gc

import uvloop

from newswire.telemetry.logs import configure_logs
from services.ingest.app import run
from services.ingest.settings import IngestSettings


def main() -> None:
    """Run ingest until it is told to stop."""
    settings = IngestSettings()
    configure_logs("ingest", settings.log_level)
    # What the imports left is there for good: not worth a look in each collection.
    gc.freeze()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(settings))


if __name__ == "__main__":
    main()
