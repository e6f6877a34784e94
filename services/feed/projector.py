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
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from newswire.errors import BadRecordError, FailedError, GapError, SetupError, StoreError
from newswire.lifecycle import Position
from newswire.producer import publish
from newswire.topics import DEAD_LETTERS, ENRICHED, dead_letter_headers
from services.feed.projection import Parsed, Projection, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiokafka import AIOKafkaProducer
    from aiokafka.structs import ConsumerRecord

    from services.feed.store.writer import Writer
    from services.feed.store.writes import Write

BATCH: Final = 500
PATIENCE_SECONDS: Final = 30.0
_POLL_MS: Final = 200
_CHECK_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 0.2
_KAFKA_SECONDS: Final = 10.0

log = structlog.get_logger()


def make_consumer(bootstrap: str, wire: str) -> AIOKafkaConsumer:
    """A member of the wire's group, not started yet. A dead member's place is taken after 6 s."""
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=f"newswire-projector-{wire}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=6_000,
        heartbeat_interval_ms=1_000,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )


class Projector:
    """Applies the log to the store, in batches of up to 500 records and one script each."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        writer: Writer,
        producer: AIOKafkaProducer,
        *,
        now_ms: Callable[[], int],
        topic: str = ENRICHED,
    ) -> None:
        self._consumer = consumer
        self._writer = writer
        self._producer = producer
        self._now_ms = now_ms
        self._partition = TopicPartition(topic, 0)
        self._first = 0
        self._applied: int | None = None
        self._rebuilt_at: int | None = None
        self._end = 0
        self._resume = True
        self._level = False
        self._checked = 0.0
        self._progress = time.monotonic()

    @property
    def caught_up(self) -> bool:
        """Whether this is the active one, the view is whole, and it has caught up with the log and keeps up."""
        active = self._partition in self._consumer.assignment() and not self._resume and self._rebuilt_at is None
        return active and self._level and self._lag() < BATCH

    async def check(self) -> None:
        """Readiness: raises FailedError when the log has not been followed for 30 s, StoreError without Redis."""
        if time.monotonic() - self._progress > PATIENCE_SECONDS:
            msg = "no progress on the log"
            raise FailedError(msg)
        await self._writer.view(())

    async def run(self, stop: asyncio.Event) -> None:
        """Project until `stop`. Raises FailedError after 30 s without progress: a restart is the cure."""
        self._consumer.subscribe([self._partition.topic], listener=_Listener(self._on_assigned))
        while not stop.is_set():
            try:
                await self._round()
            except GapError as gap:
                log.warning("gap", expected=gap.expected)
                self._resume = True
            except (StoreError, KafkaError, TimeoutError) as error:
                log.warning("retrying", error=str(error), cause=repr(error.__cause__), error_type=type(error).__name__)
                self._resume = True
                self._give_up_if_stuck(error)
                await asyncio.sleep(_RETRY_SECONDS)

    def _on_assigned(self) -> None:
        self._resume = True

    async def _round(self) -> None:
        if self._partition in self._consumer.assignment():
            if self._resume:
                await self._seek()
            elif time.monotonic() - self._checked > _CHECK_SECONDS:
                await self._verify()
        else:
            self._progress = time.monotonic()
        records = (await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=BATCH)).get(self._partition, [])
        if self._resume:
            return
        if records:
            await self._apply(records)
        self._level = self._level or not self._lag()
        if records or not self._lag():
            self._progress = time.monotonic()
        self._give_up_if_stuck(None)

    async def _seek(self) -> None:
        """Go on where the store is, and find out whether what it holds may be shown."""
        view = await self._writer.view(())
        first, end, once = await self._log_state()
        following = first if view.offset is None else view.offset + 1
        if following > end:
            log_end = f"{self._partition.topic} ends at {end}"
            msg = f"Redis holds the view of another log: it is at offset {view.offset}, and {log_end}"
            raise SetupError(msg)
        went_back = following < max(once, -1 if self._applied is None else self._applied + 1)
        if went_back or not view.whole:
            await self._writer.mark_broken()
            self._rebuilt_at = end
            log.info("rebuilding", offset=following, end=end)
        self._first, self._end, self._applied = first, end, following - 1
        self._consumer.seek(self._partition, following)
        self._resume = self._level = False
        self._checked = time.monotonic()
        await self._finish_rebuild()

    async def _log_state(self) -> tuple[int, int, int]:
        """The log's first offset, its end, and how far this wire's view was by the group's own memory."""
        async with asyncio.timeout(_KAFKA_SECONDS):
            first = (await self._consumer.beginning_offsets([self._partition]))[self._partition]
            end = (await self._consumer.end_offsets([self._partition]))[self._partition]
            once = await self._consumer.committed(self._partition)
        return first, end, once or 0

    async def _verify(self) -> None:
        """A Redis that was emptied while nothing came in shows in no gap: look."""
        self._checked = time.monotonic()
        view = await self._writer.view(())
        lost = self._rebuilt_at is None and not view.whole
        if lost or (view.offset if view.offset is not None else self._first - 1) != self._applied:
            log.warning("store_changed", stored=view.offset, applied=self._applied)
            self._resume = True
            return
        async with asyncio.timeout(_KAFKA_SECONDS):
            self._end = (await self._consumer.end_offsets([self._partition]))[self._partition]
            if self._applied is not None and self._applied >= self._first:
                # For the next projector, which cannot know otherwise that Redis went back in time before its start.
                await self._consumer.commit({self._partition: self._applied + 1})

    async def _apply(self, records: Sequence[ConsumerRecord]) -> None:
        parsed = [_parse(record) for record in records]
        uris = list(dict.fromkeys(one.uri for one in parsed if isinstance(one, Parsed)))
        view = await self._writer.view(uris)
        following = self._first if view.offset is None else view.offset + 1
        if records[0].offset != following:
            raise GapError(following)
        projection = Projection.over(view)
        writes = [await self._write(projection, one, record) for one, record in zip(parsed, records, strict=True)]
        await self._writer.apply(writes, first=self._first)
        self._applied = records[-1].offset
        await self._finish_rebuild()

    async def _write(self, projection: Projection, parsed: Parsed | BadRecordError, record: ConsumerRecord) -> Write:
        if isinstance(parsed, Parsed):
            write, error = projection.take(parsed, record.value, self._now_ms())
        else:
            write, error = projection.skip(record.offset), parsed
        if error is not None:
            await self._bury(record, error)
        return write

    async def _bury(self, record: ConsumerRecord, error: BadRecordError) -> None:
        """Among the dead letters before the fence moves on: it may come there twice, but never not at all."""
        place = (record.topic, record.partition, record.offset)
        log.warning("dead_letter", offset=record.offset, error_type=type(error).__name__)
        await publish(
            self._producer,
            DEAD_LETTERS,
            _KAFKA_SECONDS,
            key=record.key,
            value=record.value,
            headers=dead_letter_headers(record.headers, place, error),
        )

    async def _finish_rebuild(self) -> None:
        if self._rebuilt_at is None or self._applied is None or self._applied + 1 < self._rebuilt_at:
            return
        if await self._writer.mark_whole(self._rebuilt_at, first=self._first):
            log.info("whole", offset=self._applied)
            self._rebuilt_at = None

    def _lag(self) -> int:
        """How many records the broker is known to have that are not applied yet."""
        if self._applied is None or self._partition not in self._consumer.assignment():
            return 0
        highwater: int | None = self._consumer.highwater(self._partition)
        # The consumer knows it from its fetches only: where these have died (aiokafka 1154), the end that is asked for
        # each second tells.
        return max(0, max(self._end, highwater or 0) - self._applied - 1)

    def _give_up_if_stuck(self, error: Exception | None) -> None:
        """A consumer can be alive and stuck after a broker's restart (aiokafka 1154): a new process is not."""
        if time.monotonic() - self._progress > PATIENCE_SECONDS:
            msg = f"no progress for {PATIENCE_SECONDS:g} s"
            raise FailedError(msg) from error


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Tells the projector that it got the partition, or got it again."""

    def __init__(self, on_assigned: Callable[[], None]) -> None:
        self._on_assigned = on_assigned

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Nothing to hand over: all that matters is in the store."""

    async def on_partitions_assigned(self, assigned: object) -> None:
        """Read the store's offset before the first record is applied."""
        if assigned:
            self._on_assigned()


def _parse(record: ConsumerRecord) -> Parsed | BadRecordError:
    try:
        return parse(record.value, Position(record.offset, record.timestamp))
    except BadRecordError as error:
        return error
