"""Ctrl-C, SIGTERM and a closed terminal: the first asks for an orderly stop, a second Ctrl-C for a quick one."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

# `timeout` and some terminals signal a process and its group at once: that is one Ctrl-C.
SAME_SECONDS: Final = 0.5


class Interrupts:
    """Listens from its making on, in the running loop. `hurry` is what a second Ctrl-C does."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.hurry: Callable[[], None] = lambda: None
        self._first = 0.0
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupted)
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop)

    async def unless_stopped(self, work: Coroutine[None, None, None]) -> bool:
        """Do the work; False when the stop came first, and the work was cancelled. What it raises is raised."""
        task, stop = asyncio.create_task(work), asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            finished = task.done()
        finally:
            task.cancel()
            stop.cancel()
            await asyncio.gather(task, stop, return_exceptions=True)
        if finished:
            task.result()
        return finished

    def _stop(self) -> None:
        if not self.stopping.is_set():
            self._first = time.monotonic()
            self.stopping.set()

    def _interrupted(self) -> None:
        if self.stopping.is_set() and time.monotonic() - self._first > SAME_SECONDS:
            self.hurry()
        self._stop()
