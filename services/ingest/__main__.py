"""`python -m services.ingest`, and `newswire ingest`."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from newswire.telemetry.logs import configure_logs, last_words
from services.ingest.app import run
from services.ingest.settings import IngestSettings

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Run ingest until it is told to stop."""
    settings = IngestSettings()
    configure_logs("ingest", settings.log_level)
    # What the imports left is there for good: not worth a look in each collection.
    gc.freeze()
    with last_words(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run(settings))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where there is one."""
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


if __name__ == "__main__":
    main()
