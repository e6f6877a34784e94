"""Kafka articles.enriched -> Redis. One active, any number waiting: Kafka's group decides.

Promise: each record has its effect exactly once. The offset stored with the effects is the fence; the consumer
group's own offsets only tell how far the view once was. Whatever is odd (a gap, a Redis that lost its memory or went
back in time) has one answer: read the stored offset again and seek there; until the log's end as of then is reached,
the view is not whole.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from newswire.errors import BadRecordError, FailedError, GapError, SetupError, StoreError
from newswire.health import Observed
from newswire.lifecycle import Position
from newswire.topics import ENRICHED, dead_letter_headers, trace_of
from services.feed.account import Outcome, Span
from services.feed.extent import KAFKA_SECONDS, Extent, read_extent
from services.feed.projection import Parsed, Projection, parse
from services.feed.standing import Rebuild, Standing
from services.feed.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiokafka import AIOKafkaConsumer
    from aiokafka.structs import ConsumerRecord

    from services.feed.account import Account
    from services.feed.outlet import Outlet
    from services.feed.store.writer import Writer

BATCH: Final = 500
PATIENCE_SECONDS: Final = 30.0
_POLL_MS: Final = 200
_CHECK_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 0.2
_TELL_SECONDS: Final = 1.0

log = structlog.get_logger()


class Projector:
    """Applies the log to the store, in batches of up to 500 records and one script each."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        writer: Writer,
        letters: Outlet,
        account: Account,
        *,
        topic: str = ENRICHED,
    ) -> None:
        self._consumer = consumer
        self._writer = writer
        self._letters = letters
        self._account = account
        self._partition = TopicPartition(topic, 0)
        self._trouble = Trouble("retrying", "recovered")
        self._extent: Extent | None = None
        self._first = 0
        self._applied: int | None = None
        self._rebuild: Rebuild | None = None
        self._whole: bool | None = None
        # What is before it was applied once, as the group or this process remembers.
        self._once = 0
        # What is before it was buried by this process, if it had to be.
        self._buried = 0
        # Of records that may have taken effect, by offset: a store that did not answer may have taken them.
        self._untold: dict[int, Outcome] = {}
        self._arrived_ns = 0
        self._joined = False
        self._resume = True
        self._level = False
        self._looked = 0.0
        self._checked = 0.0
        self._told = 0.0
        self._progress = time.monotonic()

    @property
    def caught_up(self) -> bool:
        """Whether this is the active one, the view is whole, and it has caught up with the log and keeps up."""
        following = self._active and not self._resume and self._rebuild is None
        lag = self._lag()
        return following and self._level and lag is not None and lag < BATCH

    @property
    def standing(self) -> Standing:
        """How far it is."""
        active = self._active
        return Standing(
            active=active,
            whole=self._whole,
            offset=self._applied if active else None,
            lag=self._lag(),
            rebuild=self._rebuild if active else None,
        )

    async def check_kafka(self) -> None:
        """Readiness: raises FailedError when Kafka refuses; of one that does not answer, the caller gets tired."""
        try:
            await self._consumer.end_offsets([self._partition])
        except KafkaError as error:
            msg = f"Kafka does not tell the log's end: {type(error).__name__}"
            raise FailedError(msg) from error

    async def check_progress(self) -> Observed:
        """Readiness: the lag. Raises FailedError before its place is known, and after 30 s without progress."""
        if not self._joined:
            msg = "not yet a member of the group that shares the log"
            raise FailedError(msg)
        if self._active and self._applied is None:
            msg = "the store has not been read yet"
            raise FailedError(msg)
        if time.monotonic() - self._progress > PATIENCE_SECONDS:
            msg = "no progress on the log"
            raise FailedError(msg)
        standing = self.standing
        return Observed(standing.lag or 0, "records", standing.warning)

    async def run(self, stop: asyncio.Event) -> None:
        """Project until `stop`. Raises FailedError after 30 s without progress: a restart is the cure."""
        self._account.watch(lambda: self.standing)
        self._consumer.subscribe([self._partition.topic], listener=_Listener(self._on_assigned))
        while not stop.is_set():
            try:
                await self._round()
            except GapError as gap:
                log.warning("gap", expected=gap.expected)
                self._resume = True
            except (StoreError, KafkaError, TimeoutError) as error:
                self._trouble.met(error)
                self._resume = True
                self._give_up_if_stuck(error)
                await asyncio.sleep(_RETRY_SECONDS)

    def _on_assigned(self, *, active: bool) -> None:
        self._joined = True
        self._resume = self._resume or active
        # Another one may have been at work since: what it did it has told.
        self._untold.clear()
        if not active and self._applied is not None:
            self._once = max(self._once, self._applied + 1)
            self._applied = None

    @property
    def _active(self) -> bool:
        return self._partition in self._consumer.assignment()

    async def _round(self) -> None:
        await self._look_at_the_log()
        if not self._active:
            self._progress = time.monotonic()
            await self._look_on()
        elif self._resume:
            await self._seek()
        elif time.monotonic() - self._checked > _CHECK_SECONDS:
            await self._verify()
        records = (await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=BATCH)).get(self._partition, [])
        if self._resume:
            return
        if records:
            await self._apply(records)
        self._level = self._level or not self._lag()
        if records or (self._active and not self._lag()):
            self._progress = time.monotonic()
            self._trouble.over()
        self._give_up_if_stuck(None)

    async def _look_at_the_log(self) -> None:
        """Each second, and before the store is asked: how much waits is known also while that is away."""
        if self._active and time.monotonic() - self._looked > _CHECK_SECONDS:
            self._extent = await read_extent(self._consumer, self._partition)
            self._looked = time.monotonic()

    async def _seek(self) -> None:
        """Go on where the store is, and find out whether what it holds may be shown."""
        view = await self._writer.view(())
        # After the view: one that is ahead of the log is another log's.
        self._extent = extent = await read_extent(self._consumer, self._partition)
        following = extent.first if view.offset is None else view.offset + 1
        if following > extent.end:
            log_end = f"{self._partition.topic} ends at {extent.end}"
            msg = f"Redis holds the view of another log: it is at offset {view.offset}, and {log_end}"
            raise SetupError(msg)
        once = max(self._once, extent.committed, 0 if self._applied is None else self._applied + 1)
        # What comes after the log's end is new, whatever stood there in a log that was longer.
        self._once = min(once, extent.end)
        if late := self._take_untold(following - 1):
            self._tell(late)
        self._whole = view.whole and following >= self._once
        if not self._whole:
            await self._writer.mark_broken()
            self._begin_rebuild(following, extent.end)
        self._first, self._applied = extent.first, following - 1
        self._consumer.seek(self._partition, following)
        self._resume = self._level = False
        self._checked = time.monotonic()
        await self._pursue_rebuild()

    def _begin_rebuild(self, start: int, end: int) -> None:
        if self._rebuild is None and start < end:
            self._account.lost()
        # Where a retry goes on with one that was begun, its share goes on, too.
        start = start if self._rebuild is None else min(start, self._rebuild.start)
        self._rebuild = Rebuild(start, end)
        self._told = 0.0

    async def _look_on(self) -> None:
        """Whoever waits looks what the active one makes of the view."""
        if time.monotonic() - self._checked > _CHECK_SECONDS:
            self._checked = time.monotonic()
            self._whole = (await self._writer.view(())).whole
            self._trouble.over()

    async def _verify(self) -> None:
        """A Redis that was emptied while nothing came in shows in no gap: look."""
        self._checked = time.monotonic()
        view = await self._writer.view(())
        lost = self._rebuild is None and not view.whole
        if lost or (view.offset if view.offset is not None else self._first - 1) != self._applied:
            log.warning("store_changed", stored=view.offset, applied=self._applied)
            self._resume = True
            return
        if self._applied is not None and self._applied >= self._first:
            # For the next projector, which cannot know otherwise that Redis went back in time before its start.
            async with asyncio.timeout(KAFKA_SECONDS):
                await self._consumer.commit({self._partition: self._applied + 1})

    async def _apply(self, records: Sequence[ConsumerRecord]) -> None:
        arrived_ns = time.time_ns()
        parsed = [_parse(record) for record in records]
        uris = list(dict.fromkeys(one.uri for one in parsed if isinstance(one, Parsed)))
        view = await self._writer.view(uris)
        following = self._first if view.offset is None else view.offset + 1
        if records[0].offset != following:
            raise GapError(following)
        projection = Projection.over(view)
        now_ms = arrived_ns // 1_000_000
        outcomes = [_take(projection, one, record, now_ms) for one, record in zip(parsed, records, strict=True)]
        for outcome in outcomes:
            if outcome.error is not None:
                await self._bury(outcome.record, outcome.error)
        self._arrived_ns = arrived_ns
        self._untold |= {outcome.record.offset: outcome for outcome in outcomes}
        await self._writer.apply([outcome.write for outcome in outcomes], first=self._first)
        self._applied = records[-1].offset
        self._take_untold(self._applied)
        self._tell(outcomes)
        await self._pursue_rebuild()

    def _take_untold(self, offset: int) -> list[Outcome]:
        """What was not told of the records up to an offset; from now on it is."""
        return [self._untold.pop(each) for each in sorted(self._untold) if each <= offset]

    def _tell(self, outcomes: Sequence[Outcome]) -> None:
        span = Span(self._arrived_ns, time.time_ns())
        self._account.applied(outcomes, span, once=self._once, rebuilding=self._rebuild is not None)

    async def _bury(self, record: ConsumerRecord, error: BadRecordError) -> None:
        """Among the dead letters before the fence moves on: it may come there twice, but never not at all.

        What was applied once is there already, since the group's offset is committed after that.
        """
        if record.offset < max(self._once, self._buried):
            return
        place = (record.topic, record.partition, record.offset)
        headers = dead_letter_headers(record.headers, place, error)
        await self._letters.publish(KAFKA_SECONDS, key=record.key, value=record.value, headers=headers)
        self._buried = record.offset + 1
        self._account.buried(record, error)

    async def _pursue_rebuild(self) -> None:
        """Tell of its progress each second, and end it where the log ended when it began."""
        if self._rebuild is None or self._applied is None:
            return
        if time.monotonic() - self._told > _TELL_SECONDS:
            self._told = time.monotonic()
            self._account.rebuilds(self.standing)
        if self._applied + 1 >= self._rebuild.end and await self._writer.mark_whole(
            self._rebuild.end, first=self._first
        ):
            log.info("whole", offset=self._applied)
            self._rebuild = None
            self._whole = True

    def _lag(self) -> int | None:
        """How many records the broker is known to have that are not applied yet; None before it was asked."""
        if not self._active:
            return 0
        if self._extent is None:
            return None
        following = self._extent.once if self._applied is None else self._applied + 1
        highwater: int | None = self._consumer.highwater(self._partition)
        # The consumer knows it from its fetches only: where these have died (aiokafka 1154), the end that is asked for
        # each second tells.
        return max(0, max(self._extent.end, highwater or 0) - following)

    def _give_up_if_stuck(self, error: Exception | None) -> None:
        """A consumer can be alive and stuck after a broker's restart (aiokafka 1154): a new process is not."""
        if time.monotonic() - self._progress > PATIENCE_SECONDS:
            msg = f"no progress for {PATIENCE_SECONDS:g} s"
            raise FailedError(msg) from error


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Tells the projector that it has joined, and whether it got the partition, or got it again."""

    def __init__(self, on_assigned: Callable[..., None]) -> None:
        self._on_assigned = on_assigned

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Nothing to hand over: all that matters is in the store."""

    async def on_partitions_assigned(self, assigned: object) -> None:
        """Read the store's offset before the first record is applied."""
        self._on_assigned(active=bool(assigned))


def _parse(record: ConsumerRecord) -> Parsed | BadRecordError:
    try:
        return parse(record.value, Position(record.offset, record.timestamp), trace_of(record.headers))
    except BadRecordError as error:
        return error


def _take(projection: Projection, parsed: Parsed | BadRecordError, record: ConsumerRecord, now_ms: int) -> Outcome:
    if not isinstance(parsed, Parsed):
        return Outcome(record, None, projection.skip(record.offset), parsed)
    write, error = projection.take(parsed, record.value, now_ms)
    return Outcome(record, parsed, write, error)
