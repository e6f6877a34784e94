from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError, OutOfOrderSequenceNumber
from aiokafka.structs import RecordMetadata

from newswire import topics
from newswire.admin import ensure_topics
from newswire.errors import FailedError, PublishError
from newswire.telemetry.metrics import Meter
from services.ingest import publisher as module
from services.ingest.publisher import KafkaPublisher
from tests.support.metering import sample
from tests.support.ports import free_port
from tests.support.waiting import eventually
from tests.unit.services.ingest.fake_publisher import FakePublisher
from tests.unit.services.ingest.publisher_contract import PublisherContract, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.unit.services.ingest.publisher_contract import Held


class TestFakePublisher(PublisherContract):
    @pytest.fixture
    def publisher(self) -> FakePublisher:
        return FakePublisher()

    @pytest.fixture
    def held(self, publisher: FakePublisher) -> Held:
        async def values(key: bytes) -> list[bytes]:
            return [record.value for record in publisher.records if record.key == key]

        return values


@pytest.mark.servers
class TestKafkaPublisher(PublisherContract):
    @pytest.fixture
    async def publisher(self, kafka_bootstrap: str) -> AsyncIterator[KafkaPublisher]:
        await ensure_topics(kafka_bootstrap, timeout_seconds=30)
        publisher = KafkaPublisher(kafka_bootstrap, Meter("ingest"), in_flight=64, ack_seconds=10)
        await publisher.start()
        await eventually(lambda: _ready(publisher))
        yield publisher
        await publisher.stop()

    @pytest.fixture
    def held(self, kafka_bootstrap: str) -> Held:
        async def values(key: bytes) -> list[bytes]:
            return await _held(kafka_bootstrap, key)

        return values


async def _ready(publisher: KafkaPublisher) -> bool:
    try:
        await publisher.check()
    except FailedError:
        return False
    return True


async def _held(bootstrap: str, key: bytes) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, max_partition_fetch_bytes=8 * 1024 * 1024, enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topics.RAW, number) for number in range(12)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[bytes] = []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found.extend(record.value for record in records if record.key == key)
        return found
    finally:
        await consumer.stop()


def metadata(ahead_seconds: float = 0.0) -> RecordMetadata:
    log_ms = int(1000 * (time.time() + ahead_seconds))
    return RecordMetadata(topics.RAW, 3, TopicPartition(topics.RAW, 3), 7, log_ms, 1, 0)


class _Client:
    def __init__(self) -> None:
        self.closed = False

    async def fetch_all_metadata(self) -> Any:
        return self

    def available_partitions_for_topic(self, topic: str) -> set[int] | None:
        return {0} if topic == topics.RAW else None

    async def close(self) -> None:
        self.closed = True


class _Sender:
    def __init__(self) -> None:
        self.sender_task: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class _Producer:
    """Stands in for aiokafka's: its deliveries are settled by the test, or never."""

    def __init__(self) -> None:
        self.client = _Client()
        self._sender = _Sender()
        self.deliveries: list[asyncio.Future[object]] = []
        self.refusal: KafkaError | None = None
        self.hangs = False
        self.stopped = False

    async def start(self) -> None:
        if self.refusal:
            raise self.refusal

    async def partitions_for(self, topic: str) -> set[int]:
        assert topic == topics.RAW
        return {0}

    async def send(self, topic: str, value: bytes, *, key: bytes, headers: topics.Headers) -> asyncio.Future[object]:
        assert (topic, bool(value), bool(key), bool(headers)) == (topics.RAW, True, True, True)
        if self.refusal:
            raise self.refusal
        delivery: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.deliveries.append(delivery)
        return delivery

    async def stop(self) -> None:
        self.stopped = True
        if self.hangs:
            await asyncio.get_running_loop().create_future()
        self._sender.sender_task.cancel()


class _Factory:
    """Makes producers, the first ones as told."""

    def __init__(self) -> None:
        self.made: list[_Producer] = []
        self.refuse_starts = 0

    def __call__(self, bootstrap: str) -> Any:
        assert bootstrap == "kafka:9092"
        producer = _Producer()
        if len(self.made) < self.refuse_starts:
            producer.refusal = KafkaConnectionError()
        self.made.append(producer)
        return producer


@pytest.fixture
def factory(monkeypatch: pytest.MonkeyPatch) -> _Factory:
    factory = _Factory()
    monkeypatch.setattr(module, "make_producer", factory)
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.01)
    monkeypatch.setattr("newswire.connection.STOP_SECONDS", 0.05)
    return factory


@pytest.fixture
async def publisher(factory: _Factory) -> AsyncIterator[KafkaPublisher]:
    assert not factory.made
    publisher = KafkaPublisher("kafka:9092", Meter("ingest"), in_flight=2, ack_seconds=0.05)
    await publisher.start()
    yield publisher
    await publisher.stop()


async def _sent(producer: _Producer, number: int = 1) -> list[asyncio.Future[object]]:
    async def enough() -> bool:
        return len(producer.deliveries) >= number

    await eventually(enough)
    return producer.deliveries


async def test_an_acknowledgement_is_waited_for(publisher: KafkaPublisher, factory: _Factory) -> None:
    await eventually(lambda: _ready(publisher))
    publishing = asyncio.create_task(publisher.publish(record("x:1", b"1")))
    [delivery] = await _sent(factory.made[0])
    assert not publishing.done()
    delivery.set_result(metadata())
    stored = await publishing
    assert (stored.partition, stored.offset) == (3, 7)


@pytest.mark.parametrize(("ahead", "odd"), [(0.0, False), (5.0, True), (-5.0, True)])
async def test_the_brokers_clock_is_compared_with_ours(
    publisher: KafkaPublisher, factory: _Factory, ahead: float, *, odd: bool
) -> None:
    assert await publisher.check_clock() is None
    publishing = asyncio.create_task(publisher.publish(record("x:1", b"1")))
    [delivery] = await _sent(factory.made[0])
    delivery.set_result(metadata(ahead))
    await publishing
    seen = await publisher.check_clock()
    assert seen is not None
    assert seen.value == pytest.approx(ahead, abs=0.5)
    assert (seen.warning is not None) == odd


async def test_no_acknowledgement_in_time_is_an_error_and_not_a_cancelled_delivery(
    publisher: KafkaPublisher, factory: _Factory
) -> None:
    with pytest.raises(PublishError, match="may be stored"):
        await publisher.publish(record("x:1", b"1"))
    assert not factory.made[0].deliveries[0].cancelled()


async def test_a_kafka_that_answers_and_does_not_acknowledge_is_not_ready(
    publisher: KafkaPublisher, factory: _Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PublishError):
        await publisher.publish(record("x:1", b"1"))
    with pytest.raises(FailedError, match="did not acknowledge"):
        await publisher.check()
    factory.made[0].deliveries[0].set_result(metadata())
    await asyncio.sleep(0)
    await publisher.check()
    with pytest.raises(PublishError):
        await publisher.publish(record("x:1", b"1"))
    monkeypatch.setattr(module, "_DOUBT_SECONDS", 0)
    await publisher.check()


async def test_what_was_acknowledged_late_is_counted_all_the_same(factory: _Factory) -> None:
    meter = Meter("ingest")
    publisher = KafkaPublisher("kafka:9092", meter, in_flight=2, ack_seconds=0.05)
    await publisher.start()
    with pytest.raises(PublishError):
        await publisher.publish(record("x:1", b"1"))
    assert sample(meter, "newswire_records_published_total", topic=topics.RAW) == 0
    factory.made[0].deliveries[0].set_result(metadata())
    await asyncio.sleep(0)
    assert sample(meter, "newswire_records_published_total", topic=topics.RAW) == 1
    assert sample(meter, "newswire_publish_seconds_count", topic=topics.RAW) == 1
    await publisher.stop()


async def test_a_round_of_records_each_with_its_own_outcome(publisher: KafkaPublisher, factory: _Factory) -> None:
    await eventually(lambda: _ready(publisher))
    huge = record("x:2", b"x" * topics.MAX_BYTES[topics.RAW])
    publishing = asyncio.create_task(publisher.publish_all([record("x:1", b"1"), huge, record("x:3", b"1")]))
    deliveries = await _sent(factory.made[0], 2)
    deliveries[0].set_result(metadata())
    outcomes = await publishing
    assert [type(outcome).__name__ for outcome in outcomes] == ["Stored", "TooLargeError", "PublishError"]


async def test_what_is_not_settled_keeps_its_slot(publisher: KafkaPublisher, factory: _Factory) -> None:
    for _ in range(4):
        with pytest.raises(PublishError):
            await publisher.publish(record("x:1", b"1"))
    deliveries = factory.made[0].deliveries
    assert len(deliveries) == 2
    deliveries[0].set_result(metadata())
    with pytest.raises(PublishError):
        await publisher.publish(record("x:1", b"1"))
    assert len(deliveries) == 3


async def test_a_producer_that_failed_once_is_replaced(publisher: KafkaPublisher, factory: _Factory) -> None:
    first = asyncio.create_task(publisher.publish(record("x:1", b"1")))
    second = asyncio.create_task(publisher.publish(record("x:2", b"1")))
    await eventually(lambda: _ready(publisher))
    deliveries = await _sent(factory.made[0], 2)
    deliveries[0].set_exception(OutOfOrderSequenceNumber())
    with pytest.raises(PublishError):
        await first
    with pytest.raises(PublishError):
        await second
    await eventually(lambda: _ready(publisher))
    assert len(factory.made) == 2
    assert factory.made[0].stopped
    # The slots that the first one still holds are gone with it.
    again = [asyncio.create_task(publisher.publish(record("x:1", b"1"))) for _ in range(2)]
    for delivery in await _sent(factory.made[1], 2):
        delivery.set_result(metadata())
    await asyncio.gather(*again)
    deliveries[1].set_exception(OutOfOrderSequenceNumber())
    await asyncio.sleep(0.05)
    assert len(factory.made) == 2


async def test_a_delivery_that_fails_after_the_deadline_replaces_too(
    publisher: KafkaPublisher, factory: _Factory
) -> None:
    with pytest.raises(PublishError):
        await publisher.publish(record("x:1", b"1"))
    factory.made[0].deliveries[0].set_exception(OutOfOrderSequenceNumber())
    await asyncio.sleep(0)
    await eventually(lambda: _ready(publisher))
    assert len(factory.made) == 2


async def test_a_dead_sender_is_replaced(publisher: KafkaPublisher, factory: _Factory) -> None:
    await eventually(lambda: _ready(publisher))
    factory.made[0].refusal = OutOfOrderSequenceNumber()
    with pytest.raises(PublishError):
        await publisher.publish(record("x:1", b"1"))
    await eventually(lambda: _ready(publisher))
    assert len(factory.made) == 2


async def test_kafka_may_come_later(factory: _Factory) -> None:
    factory.refuse_starts = 3
    publisher = KafkaPublisher("kafka:9092", Meter("ingest"), in_flight=2, ack_seconds=5)
    with pytest.raises(FailedError):
        await publisher.check()
    with pytest.raises(PublishError, match="not started"):
        await publisher.publish(record("x:1", b"1"))
    await publisher.start()
    publishing = asyncio.create_task(publisher.publish(record("x:1", b"1")))
    await eventually(lambda: _ready(publisher))
    (await _sent(factory.made[3]))[0].set_result(metadata())
    await publishing
    assert all(producer.stopped for producer in factory.made[:3])
    await publisher.stop()


async def test_stopping_is_bounded(factory: _Factory) -> None:
    publisher = KafkaPublisher("kafka:9092", Meter("ingest"), in_flight=2, ack_seconds=0.05)
    await publisher.start()
    await eventually(lambda: _ready(publisher))
    factory.made[0].hangs = True
    before = time.monotonic()
    await publisher.stop()
    assert time.monotonic() - before < 1
    assert factory.made[0]._sender.sender_task.cancelled()
    assert factory.made[0].client.closed


async def test_no_kafka_at_all() -> None:
    publisher = KafkaPublisher(f"127.0.0.1:{free_port()}", Meter("ingest"), in_flight=2, ack_seconds=0.2)
    await publisher.start()
    with pytest.raises(PublishError):
        await publisher.publish(record("x:1", b"1"))
    with pytest.raises(FailedError):
        await publisher.check()
    await publisher.stop()
