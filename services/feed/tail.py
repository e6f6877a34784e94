"""Redis change log -> the ring that this process's streams and long polls are served from.

One task a process follows the log, however many readers there are. What it cannot read for a while it reads
later; where the log no longer leads on from what it read last, it begins anew at the head, and every stream asks
Redis what that means for its own position.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, get_args

import structlog

from newswire.errors import FailedError, GoneError, NotWholeError
from newswire.lifecycle import Kind
from newswire.telemetry.metrics import ANNOUNCED, ANNOUNCED_CHANGE
from services.feed.ring import Ring, encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from newswire.telemetry.metrics import Meter
    from services.feed.store.reader import Change, Reader

BATCH: Final = 64
HEARTBEAT_SECONDS: Final = 15.0
_RETRY_FIRST_SECONDS: Final = 0.05
_RETRY_MOST_SECONDS: Final = 1.0
# Half a minute. A Redis that came back older than it was is mended by the projector; if that was killed with it,
# another one begins after the 6 s in which Kafka's group waits for the dead.
_BEHIND_TRIES: Final = 35

log = structlog.get_logger()


class _Read(Protocol):
    @property
    def change(self) -> int: ...


_Answer = TypeVar("_Answer", bound=_Read)


class Signal:
    """Wakes all who wait. Each waits on a future of its own, so that one may give up alone."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def waiter(self) -> asyncio.Future[None]:
        """A future that the next `fire` ends. Hand it back with `drop`."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        return waiter

    def drop(self, waiter: asyncio.Future[None]) -> None:
        """Forget a waiter."""
        self._waiting.discard(waiter)

    def fire(self) -> None:
        """Wake all who wait now."""
        waiting, self._waiting = self._waiting, set()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)


class Tail:
    """Follows the change log.

    `era` counts the new beginnings, `beats` the heartbeats; `moved` fires for each change, beat and the stop.
    """

    def __init__(
        self,
        reader: Reader,
        public_url: str,
        meter: Meter,
        stop: asyncio.Event,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.ring = Ring()
        self.moved = Signal()
        self.era = 0
        self.beats = 0
        self._stop = stop
        self._reader = reader
        self._public_url = public_url
        self._pause = pause
        self._behind = 0
        self._failures = 0
        self._fault: FailedError | None = NotWholeError("the change log has not been read yet")
        self._announced = {kind: meter.counter(ANNOUNCED).labels(kind) for kind in get_args(Kind)}
        self._announced_change = meter.gauge(ANNOUNCED_CHANGE)
        self._announced_change.set(math.nan)

    async def run(self) -> None:
        """Follow until the stop, through whatever is wrong with Redis or the view."""
        while not self.closed:
            try:
                await self._step()
            except FailedError as error:
                self._note(error)
                await self._pause(min(_RETRY_MOST_SECONDS, _RETRY_FIRST_SECONDS * 2 ** min(self._failures, 10)))
                self._failures += 1

    async def pulse(self, seconds: float = HEARTBEAT_SECONDS) -> None:
        """Beat at an interval; at the stop, wake all streams and polls, so that they end."""
        while not self.closed:
            try:
                async with asyncio.timeout(seconds):
                    await self._stop.wait()
            except TimeoutError:
                self.beat()
        self.moved.fire()

    def beat(self) -> None:
        """Let every stream send a comment."""
        self.beats += 1
        self.moved.fire()

    @property
    def closed(self) -> bool:
        """Whether the process stops."""
        return self._stop.is_set()

    async def check(self) -> None:
        """Raise why the log cannot be followed at the moment, if it cannot."""
        if self._fault is not None:
            raise self._fault

    async def current(self, question: Awaitable[_Answer]) -> _Answer:
        """Ask Redis something that readers will see.

        Raises NotWholeError when Redis is before what was announced here when the question began: one that came back
        older than it was may still show what has been killed, and is about to be brought up to date.
        """
        announced = self.ring.last
        try:
            found = await question
        except GoneError:
            _check(announced, await self._reader.head())
            raise
        _check(announced, found.change)
        return found

    async def head(self) -> int:
        """The last visible change. Raises as `current` does."""
        announced = self.ring.last
        head = await self._reader.head()
        _check(announced, head)
        return head

    async def wait_beyond(self, change: int, seconds: float) -> None:
        """Return once there is a change after this one, when the time is over, or when the process stops."""
        try:
            async with asyncio.timeout(seconds):
                while self.ring.last <= change and not self.closed:
                    await self._next_move()
        except TimeoutError:
            return

    async def _next_move(self) -> None:
        waiter = self.moved.waiter()
        try:
            await waiter
        finally:
            self.moved.drop(waiter)

    async def _step(self) -> None:
        if self.era == 0:
            self._begin_at(await self._reader.head())
        try:
            found = await self._reader.changes(self.ring.last, BATCH, bodies=True)
        except GoneError:
            await self._lost()
            return
        self._behind = self._failures = 0
        self._note(None)
        if found.changes:
            for change in found.changes:
                self.ring.append(encode(change, self._public_url))
            self.moved.fire()
            self._tell(found.changes)
        if found.next >= found.change:
            # All there is: to ask once more before the wait would double what an event costs Redis.
            await self._reader.wait(self.ring.last)

    def _tell(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._announced[change.kind].inc()
            log.info(
                "announced",
                change=change.change,
                kind=change.kind,
                uri=change.uri,
                version=change.version,
                trace_id=change.trace_id,
            )
        self._announced_change.set(self.ring.last)

    async def _lost(self) -> None:
        """The log does not lead on: it was trimmed past our position, or its head went back before it."""
        head = await self._reader.head()
        if head < self.ring.last and self._behind < _BEHIND_TRIES:
            self._behind += 1
            raise _behind_error()
        log.warning("change_log_lost", position=self.ring.last, head=head)
        self._begin_at(head)

    def _begin_at(self, head: int) -> None:
        self.era += 1
        self._behind = 0
        self.ring.restart(head)
        self._announced_change.set(head)
        self.moved.fire()

    def _note(self, fault: FailedError | None) -> None:
        if fault is not None and self._fault is None:
            log.warning("change_log_away", error=str(fault))
        elif fault is None and self._fault is not None:
            log.info("change_log_followed", position=self.ring.last)
        self._fault = fault


def _check(announced: int, head: int) -> None:
    if head < announced:
        raise _behind_error()


def _behind_error() -> NotWholeError:
    return NotWholeError("the view is older than what was announced; it is being brought up to date")
