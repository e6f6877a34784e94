"""Starts the stack in order, restarts what dies, stops all in order.

Brokers before services, and services before brokers on the way down: a service that stops still commits and
flushes, so what it talks to must outlive it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from newswire.errors import SetupError
from newswire.local.process import Child, describe_exit
from newswire.local.restarts import Restarts

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

# The feed is ready when its view is whole: with an emptied Redis that is after a replay of the whole log.
READY_SECONDS: Final = 600.0
NOTE_SECONDS: Final = 10.0
STOP_SECONDS: Final = 8.0


class Base(Protocol):
    """What the services stand on: `Brokers`, or a stand-in for it."""

    @property
    def children(self) -> Sequence[Child]:
        """To be watched once they are started."""

    async def start(self) -> None:
        """Return once services can be started."""

    async def stop(self) -> None:
        """End all children, with a deadline."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What is called when a process `started`, and when one that was started anew is `ready`."""

    started: Callable[[], None]
    ready: Callable[[], None]


class Supervisor:
    """Keeps a base and its services running; `say` takes a line for a person."""

    def __init__(self, base: Base, services: Sequence[Child], say: Callable[[str], None], hooks: Hooks) -> None:
        self._base = base
        self._services = services
        self._say = say
        self._hooks = hooks

    @property
    def children(self) -> list[Child]:
        """Every child, the brokers first."""
        return [*self._base.children, *self._services]

    async def start(self) -> None:
        """Return once everything answers; SetupError when something does not."""
        await self._base.start()
        self._hooks.started()
        for child in self._services:
            child.start()
        self._hooks.started()
        await together([self._ready(child) for child in self._services])

    async def watch(self) -> None:
        """Restart whatever dies. Ends with SetupError only, when a child died too often."""
        await together([self._keep(child) for child in self.children])

    async def stop(self) -> None:
        """End all, the services first."""
        await asyncio.gather(*(child.stop(STOP_SECONDS) for child in self._services))
        await self._base.stop()

    def kill(self) -> None:
        """End all at once."""
        for child in self.children:
            if child.alive:
                child.kill()

    async def _ready(self, child: Child) -> None:
        """Wait for a service, and say now and then that it is still waited for."""
        waiting = asyncio.create_task(child.wait_ready(READY_SECONDS))
        try:
            while not (await asyncio.wait({waiting}, timeout=NOTE_SECONDS))[0]:
                self._say(f"{child.name} is not ready yet; its log is {child.program.log}")
            waiting.result()
        finally:
            waiting.cancel()

    async def _keep(self, child: Child) -> None:
        restarts, was_ready = Restarts(), True
        while True:
            code = await child.exited()
            wait = restarts.after_exit(time.monotonic(), child.lived_seconds, was_ready=was_ready)
            died = f"{child.name} died ({describe_exit(code)})"
            if wait is None:
                msg = f"{died} too often"
                raise SetupError(child.with_tail(msg))
            self._say(f"{died}; restarting in {wait:g} s")
            await asyncio.sleep(wait)
            child.start()
            self._hooks.started()
            was_ready = await self._back(child)
            if was_ready:
                self._say(f"{child.name} is back (pid {child.pid})")
                self._hooks.ready()

    async def _back(self, child: Child) -> bool:
        """Whether a child that was started anew got ready. One that lives and does not is killed, as good as dead."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                return await child.ready_or_exited()
        except TimeoutError:
            self._say(f"{child.name} did not get ready within {READY_SECONDS:g} s; killing it")
            child.kill()
            return False


async def together(jobs: Sequence[Coroutine[None, None, None]]) -> None:
    """Run them side by side; the first that fails ends the others, and is what is raised."""
    failed: SetupError | None = None
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job)
    except* SetupError as errors:
        failed = next(each for each in errors.exceptions if isinstance(each, SetupError))
    if failed:
        raise failed
