"""Time enters the log here: ends of embargoes and expiries -> Kafka articles.enriched.

The only part that looks at a clock. It runs beside the active projector and only while that has caught up. What it
writes takes effect by the broker's time of writing, in the projector: too early is void and tried again, twice is once.
It goes on with the trace of what was pushed.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import structlog
import uuid_utils

from newswire.errors import PublishError, StoreError
from newswire.events import ClockEvent, RawRef, encode
from newswire.telemetry.metrics import CLOCK_LATE, CLOCK_RECORDS
from newswire.topics import CloudEvent
from services.feed.card import timestamp
from services.feed.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from newswire.lifecycle import Version
    from newswire.telemetry.metrics import Meter
    from services.feed.outlet import Outlet, Sent
    from services.feed.store.writer import Writer
    from services.feed.store.writes import Due

TICK_SECONDS: Final = 0.1
AGAIN_MS: Final = 5_000
_BATCH: Final = 1_000
_PUBLISH_SECONDS: Final = 5.0
_TYPES: Final = {"release": "released", "expire": "expired"}

log = structlog.get_logger()


class _Task(NamedTuple):
    kind: Literal["release", "expire"]
    uri: str
    version: Version
    traceparent: str | None

    @property
    def instant_us(self) -> int:
        """When it is due."""
        instant = self.version.embargo_us if self.kind == "release" else self.version.expires_us
        return instant or 0


class Clock:
    """Writes a record for whatever is due; again after 5 s if that had no effect."""

    def __init__(
        self,
        writer: Writer,
        outlet: Outlet,
        meter: Meter,
        now_ms: Callable[[], int],
        active: Callable[[], bool],
    ) -> None:
        self._writer = writer
        self._outlet = outlet
        self._now_ms = now_ms
        self._active = active
        kinds = sorted(_TYPES)
        self._records = {kind: meter.counter(CLOCK_RECORDS).labels(kind) for kind in kinds}
        self._late = {kind: meter.histogram(CLOCK_LATE).labels(kind) for kind in kinds}
        self._trouble = Trouble("clock_retrying", "clock_recovered")
        # When each may be written again.
        self._written: dict[_Task, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Tick ten times a second until `stop`. Raises FailedError when Kafka refuses a record."""
        while not stop.is_set():
            written = 0
            if self._active():
                written = await self._try()
            else:
                self._written.clear()
            if written < _BATCH:
                await asyncio.sleep(TICK_SECONDS)

    async def _try(self) -> int:
        try:
            written = await self.tick()
        except (StoreError, PublishError) as error:
            self._trouble.met(error)
            return 0
        if not self._written:
            # What failed was written again since, and had its effect.
            self._trouble.over()
        return written

    async def tick(self) -> int:
        """Write what is due and not yet written; says how many records that were."""
        now_ms = self._now_ms()
        due = [task for entry in await self._writer.due(now_ms * 1000, _BATCH) if (task := _task(entry))]
        self._forget(due, now_ms)
        fresh = [task for task in due if task not in self._written]
        self._written.update(dict.fromkeys(fresh, now_ms + AGAIN_MS))
        outcomes = await asyncio.gather(*(self._publish(task, now_ms) for task in fresh), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return len(fresh)

    def _forget(self, due: list[_Task], now_ms: int) -> None:
        """What took effect is due no more; what did not is written again after a while."""
        waiting = set(due)
        self._written = {task: again for task, again in self._written.items() if task in waiting and now_ms < again}

    async def _publish(self, task: _Task, now_ms: int) -> None:
        event = ClockEvent(
            kind=task.kind,
            id=str(uuid_utils.uuid7()),
            uri=task.uri,
            raw=RawRef(partition=task.version.ref.partition, offset=task.version.ref.offset),
        )
        about = CloudEvent(event.id, _TYPES[task.kind], "/projector/clock", task.uri, timestamp(now_ms))
        sent = await self._outlet.send(about, encode(event), task.traceparent, _PUBLISH_SECONDS)
        self._tell(task, event.id, sent)
        early_us = task.instant_us - sent.log_ms * 1000
        if early_us > 0:
            # The broker's clock is behind ours: that record is void, the next one is for when it has caught up.
            self._written[task] = now_ms + 1 + early_us // 1000

    def _tell(self, task: _Task, event_id: str, sent: Sent) -> None:
        late_seconds = sent.log_ms / 1e3 - task.instant_us / 1e6
        self._records[task.kind].inc()
        if late_seconds >= 0:
            # One that is early has no effect.
            self._late[task.kind].observe(late_seconds)
        log.info(
            "clock_record",
            kind=task.kind,
            id=event_id,
            uri=task.uri,
            version=task.version.version,
            trace_id=sent.trace_id,
            late_seconds=round(late_seconds, 3),
        )


def _task(due: Due) -> _Task | None:
    """The version that a due entry speaks of, if the state still has it."""
    version = due.story.visible if due.expire else due.story.candidate
    if version is None:
        return None
    return _Task("expire" if due.expire else "release", due.uri, version, due.traceparent)


def wall_clock_ms() -> int:
    """Now, in milliseconds since 1970."""
    return int(datetime.now(UTC).timestamp() * 1000)
