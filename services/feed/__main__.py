"""Starts one of the feed's two processes: `python -m services.feed feed|projector`."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from newswire.errors import SetupError
from newswire.telemetry.logs import configure_logs, last_words

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


def main(process: str) -> None:
    """Run a process until a signal. Raises SetupError for a process that there is not."""
    start = {"feed": _feed, "projector": _projector}.get(process)
    if start is None:
        msg = f"the feed has no process {process!r}: there are feed and projector"
        raise SetupError(msg)
    # Outside: settings that cannot be read are a person's affair, and are told on the terminal.
    running = start()
    with last_words(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(running)


# Each process loads its own half only: the feed has no use for a Kafka client.
def _feed() -> Coroutine[object, object, None]:
    from services.feed.app import run_feed  # noqa: PLC0415 - as above
    from services.feed.settings import FeedSettings  # noqa: PLC0415 - as above

    settings = FeedSettings()
    configure_logs("feed", settings.log_level)
    return run_feed(settings)


def _projector() -> Coroutine[object, object, None]:
    from services.feed.projector_app import run_projector  # noqa: PLC0415 - as above
    from services.feed.settings import ProjectorSettings  # noqa: PLC0415 - as above

    settings = ProjectorSettings()
    configure_logs("projector", settings.log_level)
    return run_projector(settings)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where there is one: it halves the cost of a delivery."""
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "feed")
