"""Publishing: one record -> Kafka articles.raw, acknowledged by all in-sync replicas, or an error.

A PublishError says "unknown": the record may be stored. aiokafka's idempotent producer has neither a delivery
deadline nor a bound on what it buffers, hangs in stop() while the broker is away, and can be left with a gap in its
sequence numbers that closes a partition to it for good (aiokafka 1017, 1101). Hence a deadline and a bound of our
own, and a producer whose delivery failed once is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import structlog
from aiokafka.errors import KafkaError

from newswire import topics
from newswire.connection import stop_client
from newswire.errors import FailedError, NewswireError, PublishError, TooLargeError
from newswire.health import Observed
from newswire.producer import make_producer
from newswire.telemetry.metrics import CLOCK_SKEW, PRODUCERS_REPLACED, PUBLISH_SECONDS, PUBLISHED
from newswire.telemetry.skew import skew_seconds

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from aiokafka import AIOKafkaProducer
    from aiokafka.structs import RecordMetadata

    from newswire.telemetry.metrics import Meter

START_SECONDS: Final = 5.0
_RETRY_SECONDS: Final = 0.5
_CLOSE_SECONDS: Final = 2.0
# Embargoes are kept by the broker's clock, and asked for by people who look at theirs.
_SKEW_SECONDS: Final = 1.0
_DOUBT_SECONDS: Final = 5.0
_MOST_BYTES: Final = topics.MAX_BYTES[topics.RAW]
# Not worth the adding up: keys and headers are a few kilobytes at most.
_SMALL_BYTES: Final = _MOST_BYTES // 2

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Record:
    """What is published: all of a Kafka record but its topic."""

    key: bytes
    value: bytes
    headers: topics.Headers


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a record stands, and since when by the broker's clock (ms since 1970). Offset -1 when it was not told."""

    partition: int
    offset: int
    log_ms: int


def require_size(record: Record) -> None:
    """Raise TooLargeError for what the broker would refuse: its refusal would cost the producer."""
    if len(record.value) <= _SMALL_BYTES:
        return
    if topics.record_bytes(record.key, record.value, record.headers) > _MOST_BYTES:
        msg = f"the event is larger than {_MOST_BYTES} bytes"
        raise TooLargeError(msg)


class Publisher(Protocol):
    """The way to articles.raw."""

    async def publish(self, record: Record) -> Stored:
        """Return once the record is acknowledged. Raises TooLargeError, PublishError (maybe stored, retry)."""

    async def publish_all(self, records: Sequence[Record]) -> list[Stored | NewswireError]:
        """What became of each record, once that is known: as `publish` of one after the other, in one round."""

    async def check(self) -> None:
        """Raise FailedError unless a record could be taken now."""

    async def check_clock(self) -> Observed | None:
        """How far the broker's clock was ahead of ours when it acknowledged last; nothing before that."""


@dataclass(slots=True, eq=False)
class _Line:
    """A producer, with the slots of what it holds: they die with it, as nothing settles what is left in it."""

    producer: AIOKafkaProducer
    slots: asyncio.Semaphore


class KafkaPublisher:
    """Publishes to a real Kafka; there before Kafka is, and through its outages."""

    def __init__(self, bootstrap: str, meter: Meter, *, in_flight: int, ack_seconds: float) -> None:
        self._bootstrap = bootstrap
        self._in_flight = in_flight
        self._ack_seconds = ack_seconds
        self._line: asyncio.Future[_Line] | None = None
        self._broken = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._skew: float | None = None
        self._failed_at: float | None = None  # when a record was not acknowledged last, if none was since
        self._published = meter.counter(PUBLISHED).labels(topics.RAW)
        self._seconds = meter.histogram(PUBLISH_SECONDS).labels(topics.RAW)
        self._replaced = meter.counter(PRODUCERS_REPLACED)
        self._skew_gauge = meter.gauge(CLOCK_SKEW).labels("kafka")
        self._skew_gauge.set(float("nan"))

    async def start(self) -> None:
        """Begin to connect. Returns at once, whether Kafka is there or not."""
        self._line = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Let what is in flight end, for a few seconds."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        if self._line and self._line.done() and not self._line.cancelled():
            self._close_later(_close(self._line.result().producer))
        if self._closing:
            await asyncio.wait(self._closing)

    async def publish(self, record: Record) -> Stored:
        """Return once all in-sync replicas hold the record. Raises TooLargeError and PublishError."""
        [outcome] = await self.publish_all([record])
        if isinstance(outcome, NewswireError):
            raise outcome
        return outcome

    async def publish_all(self, records: Sequence[Record]) -> list[Stored | NewswireError]:
        """What became of each record, in order: stored, TooLargeError or PublishError (maybe stored)."""
        asked = time.time()
        sent: list[asyncio.Future[RecordMetadata] | NewswireError] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._ack_seconds):
                for record in records:
                    # One after the other, so that the versions of a story stay in order.
                    sent.append(await self._try(record))  # noqa: PERF401 - what was sent counts when time runs out
                await _settled([delivery for delivery in sent if isinstance(delivery, asyncio.Future)])
        late = f"Kafka did not acknowledge within {self._ack_seconds:g} s; the event may be stored: retry"
        sent += [PublishError(late) for _ in range(len(records) - len(sent))]
        if any(isinstance(delivery, asyncio.Future) and not _is_stored(delivery) for delivery in sent):
            self._failed_at = time.monotonic()
        return [self._outcome(delivery, asked, late) for delivery in sent]

    async def _try(self, record: Record) -> asyncio.Future[RecordMetadata] | NewswireError:
        try:
            require_size(record)
            return await self._send(record)
        except NewswireError as error:
            return error
        except KafkaError as error:
            return _unknown(error)

    def _outcome(
        self, delivery: asyncio.Future[RecordMetadata] | NewswireError, asked: float, late: str
    ) -> Stored | NewswireError:
        if isinstance(delivery, NewswireError):
            return delivery
        if not delivery.done():
            return PublishError(late)
        if (error := delivery.exception()) is not None:
            return _unknown(error)
        metadata = delivery.result()
        self._observe_clock(metadata.timestamp / 1000, asked)
        return Stored(metadata.partition, metadata.offset, metadata.timestamp)

    async def check(self) -> None:
        """Raise FailedError unless Kafka answers now and has the topic. The caller sets the deadline."""
        if self._line is None or not self._line.done():
            msg = f"no connection to Kafka at {self._bootstrap}"
            raise FailedError(msg)
        try:
            cluster = await self._line.result().producer.client.fetch_all_metadata()
        except KafkaError as error:
            msg = f"Kafka at {self._bootstrap} does not answer"
            raise FailedError(msg) from error
        if not cluster.available_partitions_for_topic(topics.RAW):
            msg = f"Kafka at {self._bootstrap} has no topic {topics.RAW}"
            raise FailedError(msg)
        # Metadata tells neither of a full disk nor of too few replicas in sync. Not for longer: no more is sent to
        # a service that is not ready, and it would never learn better.
        if self._failed_at is not None and time.monotonic() - self._failed_at < _DOUBT_SECONDS:
            msg = f"Kafka at {self._bootstrap} did not acknowledge a record a moment ago"
            raise FailedError(msg)

    async def check_clock(self) -> Observed | None:
        """How far the broker's clock was ahead of ours when it acknowledged last; nothing before that."""
        if self._skew is None:
            return None
        odd = abs(self._skew) > _SKEW_SECONDS
        return Observed(round(self._skew, 3), "s", "the broker's clock differs from this machine's" if odd else None)

    def _observe_clock(self, log_seconds: float, asked: float) -> None:
        """The broker's time of writing lies between our asking and now, unless its clock is off."""
        self._skew = skew_seconds(log_seconds, asked, time.time())
        self._skew_gauge.set(self._skew)

    async def _send(self, record: Record) -> asyncio.Future[RecordMetadata]:
        if self._line is None:
            msg = "not started"
            raise PublishError(msg)
        line = self._line.result() if self._line.done() else await asyncio.shield(self._line)
        await line.slots.acquire()
        began = time.perf_counter()
        try:
            delivery: asyncio.Future[RecordMetadata] = await line.producer.send(
                topics.RAW, record.value, key=record.key, headers=record.headers
            )
        except BaseException as error:
            line.slots.release()
            if isinstance(error, KafkaError):  # its sender is dead
                self._replace(line, error)
            raise

        def settle(done: asyncio.Future[RecordMetadata]) -> None:
            # Not when the caller has waited long enough, but when the producer is rid of it.
            line.slots.release()
            if done.cancelled():
                return
            if (error := done.exception()) is not None:
                self._replace(line, error)
                return
            self._published.inc()
            self._seconds.observe(time.perf_counter() - began)
            self._failed_at = None

        delivery.add_done_callback(settle)
        return delivery

    def _replace(self, line: _Line, error: BaseException) -> None:
        """Retire the producer that failed; the keeper builds another."""
        if self._line is None or not self._line.done() or self._line.result() is not line:
            return
        _LOG.warning("producer_replaced", error=type(error).__name__)
        self._replaced.inc()
        self._line = asyncio.get_running_loop().create_future()
        self._close_later(_close(line.producer))
        self._broken.set()

    async def _keep(self) -> None:
        """Build a producer whenever there is none."""
        while True:
            producer = await self._connect()
            assert self._line is not None  # noqa: S101 - start() made it
            self._broken.clear()
            self._line.set_result(_Line(producer, asyncio.Semaphore(self._in_flight)))
            await self._broken.wait()
            # A topic that refuses every record must not make a busy loop of this.
            await asyncio.sleep(_RETRY_SECONDS)

    async def _connect(self) -> AIOKafkaProducer:
        waiting = False
        while True:
            producer = make_producer(self._bootstrap)
            try:
                async with asyncio.timeout(START_SECONDS):
                    await producer.start()
                    await producer.partitions_for(topics.RAW)
            except (KafkaError, OSError) as error:  # TimeoutError is an OSError
                if not waiting:
                    _LOG.warning("kafka_awaited", bootstrap=self._bootstrap, error=type(error).__name__)
                waiting = True
                await _close(producer)
                await asyncio.sleep(_RETRY_SECONDS)
            except asyncio.CancelledError:
                self._close_later(_close(producer))
                raise
            else:
                _LOG.info("kafka_connected", bootstrap=self._bootstrap)
                return producer

    def _close_later(self, closing: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(closing)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _settled(deliveries: Sequence[asyncio.Future[RecordMetadata]]) -> None:
    """Wait until all are, and cancel none when the caller gives up.

    A cancelled delivery goes on all the same (aiokafka then skips its future), but would give its slot back while the
    producer still holds the record, and no failure would be heard of.
    """
    if deliveries:
        await asyncio.wait(deliveries)


def _is_stored(delivery: asyncio.Future[RecordMetadata]) -> bool:
    return delivery.done() and delivery.exception() is None


def _unknown(error: BaseException) -> PublishError:
    failed = PublishError("Kafka did not acknowledge; the event may be stored: retry")
    failed.__cause__ = error
    return failed


async def _close(producer: AIOKafkaProducer) -> None:
    """Stop a producer within a few seconds, whatever it still holds."""
    await stop_client(producer)
    sender = producer._sender.sender_task  # noqa: SLF001 - there is no public way to it
    if sender is None or sender.done():
        return
    # stop() waits for batches that a broker may never take; given up on, it leaves its sender running.
    sender.cancel()
    with contextlib.suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await producer.client.close()
