"""The enrich worker as its own process on a real Kafka: at least once, in order, and nothing dies of one record."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from newswire.admin import ensure_topics
from newswire.article import Article, Text
from newswire.events import FEED_EVENT, ArticleEvent, EnrichedEvent, encode
from newswire.producer import open_producer
from newswire.topics import DEAD_LETTERS, ENRICHED, RAW, key
from tests.support.ports import free_port
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from aiokafka import AIOKafkaProducer

pytestmark = pytest.mark.servers


def event(uri: str, version: int) -> bytes:
    article = Article(uri=uri, version=str(version), headlines=(Text(value="A headline"),))
    return encode(ArticleEvent(id=str(uuid.uuid4()), provider="acme", accepted="2026-01-01T00:00:00Z", article=article))


@asynccontextmanager
async def worker(bootstrap: str, data: Path, port: int = 0) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **os.environ,
        "NEWSWIRE_KAFKA": bootstrap,
        "NEWSWIRE_ENRICH_PORT": str(port or free_port()),
        "NEWSWIRE_ENRICH_METRICS_PORT": "0",
        "NEWSWIRE_DATA": str(data),
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.enrich", env=environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


@pytest.fixture
async def producer(kafka_bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    await ensure_topics(kafka_bootstrap, timeout_seconds=30)
    async with open_producer(kafka_bootstrap) as started:
        yield started


@asynccontextmanager
async def following(bootstrap: str, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of what comes from now on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, max_partition_fetch_bytes=8 * 1024 * 1024)
    await consumer.start()
    consumer.assign([TopicPartition(topic, 0)])
    await consumer.seek_to_end()
    try:
        yield consumer
    finally:
        await consumer.stop()


class Seen:
    """The versions of some stories in the order in which they come out, repeats and all."""

    def __init__(self, consumer: AIOKafkaConsumer, uris: set[str]) -> None:
        self._consumer = consumer
        self._versions: dict[str, list[int]] = {uri: [] for uri in uris}
        self.count = 0

    async def collect(self, enough: Callable[[], bool]) -> None:
        """Take what comes out until it is enough."""
        async with asyncio.timeout(90):
            while not enough():
                record = await self._consumer.getone()
                found = FEED_EVENT.validate_json(record.value)
                if isinstance(found, EnrichedEvent) and found.article.uri in self._versions:
                    assert record.key == key(found.article.uri)
                    self._versions[found.article.uri].append(int(found.article.version or "0"))
                    self.count += 1

    async def collect_all(self, versions: int) -> None:
        """Take what comes out until the last version of each story is there."""
        await self.collect(lambda: all(found[-1:] == [versions - 1] for found in self._versions.values()))

    def check(self, versions: int, *, repeats: bool) -> None:
        """Each story's versions are all there, in order where each is met first."""
        for found in self._versions.values():
            assert list(dict.fromkeys(found)) == list(range(versions))
            assert repeats or len(found) == versions


@asynccontextmanager
async def forwarding(port: int, bootstrap: str) -> AsyncIterator[None]:
    """Let a port lead to Kafka; only the first question is asked there, then the broker names itself."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, number = bootstrap.rpartition(":")
        upstream, downstream = await asyncio.open_connection(host, int(number))
        await asyncio.gather(pump(reader, downstream), pump(upstream, writer))

    async with await asyncio.start_server(forward, "127.0.0.1", port):
        yield


async def test_before_kafka_is_there_it_says_so_and_a_signal_ends_it(tmp_path: Path) -> None:
    port = free_port()
    async with worker("127.0.0.1:1", tmp_path, port) as process, httpx.AsyncClient() as client:
        await eventually(lambda: answers(client, port))
        told = await client.get(f"http://127.0.0.1:{port}/readyz")
        assert told.status_code == 503
        assert told.json()["checks"]["consumer"][0]["output"] == "not started"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_it_starts_once_kafka_is_there(kafka_bootstrap: str, producer: AIOKafkaProducer, tmp_path: Path) -> None:
    port, late = free_port(), free_port()
    uri = f"urn:{uuid.uuid4()}"
    await producer.send_and_wait(RAW, event(uri, 0), key=key(uri))
    async with worker(f"127.0.0.1:{late}", tmp_path, port), httpx.AsyncClient() as client:
        await eventually(lambda: answers(client, port))
        assert not await has_partitions(port)
        async with following(kafka_bootstrap, ENRICHED) as consumer, forwarding(late, kafka_bootstrap):
            await Seen(consumer, {uri}).collect_all(1)
            await eventually(lambda: has_partitions(port))


async def answers(client: httpx.AsyncClient, port: int) -> bool:
    """Whether there is somebody at a port who says that he is alive."""
    try:
        return (await client.get(f"http://127.0.0.1:{port}/livez")).status_code == 200
    except httpx.TransportError:
        return False


async def test_every_version_comes_out_in_order_and_sigterm_ends_it_cleanly(
    kafka_bootstrap: str, producer: AIOKafkaProducer, tmp_path: Path
) -> None:
    uris = {f"urn:{uuid.uuid4()}" for _ in range(20)}
    async with following(kafka_bootstrap, ENRICHED) as consumer, worker(kafka_bootstrap, tmp_path) as process:
        for version in range(10):
            for uri in uris:
                await producer.send(RAW, event(uri, version), key=key(uri))
        seen = Seen(consumer, uris)
        await seen.collect_all(10)
        seen.check(10, repeats=False)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_killed_in_the_middle_it_loses_nothing(
    kafka_bootstrap: str, producer: AIOKafkaProducer, tmp_path: Path
) -> None:
    uris = {f"urn:{uuid.uuid4()}" for _ in range(100)}
    async with following(kafka_bootstrap, ENRICHED) as consumer:
        for version in range(20):
            for uri in uris:
                await producer.send(RAW, event(uri, version), key=key(uri))
        seen = Seen(consumer, uris)
        async with worker(kafka_bootstrap, tmp_path) as process:
            await seen.collect(lambda: seen.count >= 300)
            process.kill()
            await process.wait()
        assert seen.count < 2_000
        async with worker(kafka_bootstrap, tmp_path):
            await seen.collect_all(20)
    seen.check(20, repeats=True)


async def test_a_second_worker_joins_and_leaves_under_load(
    kafka_bootstrap: str, producer: AIOKafkaProducer, tmp_path: Path
) -> None:
    uris = {f"urn:{uuid.uuid4()}" for _ in range(60)}
    ports = free_port(), free_port()
    versions = 0
    stop = asyncio.Event()

    async def load() -> None:
        """About 200 events a second."""
        nonlocal versions
        while not stop.is_set():
            for uri in uris:
                await producer.send(RAW, event(uri, versions), key=key(uri))
            versions += 1
            await asyncio.sleep(0.3)

    async with following(kafka_bootstrap, ENRICHED) as consumer:
        seen = Seen(consumer, uris)
        async with worker(kafka_bootstrap, tmp_path / "first", ports[0]):
            loading = asyncio.create_task(load())
            collecting = asyncio.create_task(seen.collect(stop.is_set))
            await eventually(lambda: has_partitions(ports[0]))
            async with worker(kafka_bootstrap, tmp_path / "second", ports[1]) as second:
                await eventually(lambda: has_partitions(ports[1]))
                await more(seen)
                assert await has_partitions(ports[0])
                second.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(second.wait(), 20) == 0
            await more(seen)
            stop.set()
            await loading
            await producer.send(RAW, event(next(iter(uris)), versions - 1), key=key(next(iter(uris))))
            await collecting
            await seen.collect_all(versions)
    seen.check(versions, repeats=True)


async def more(seen: Seen) -> None:
    """Return once as many events as are in flight at most have come out again."""
    before = seen.count

    async def there() -> bool:
        return seen.count > before + 500

    await eventually(there)


async def has_partitions(port: int) -> bool:
    """Whether the worker at a port is ready: it has partitions of articles.raw."""
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
        except httpx.TransportError:
            return False


async def test_bad_records_become_dead_letters_and_the_worker_goes_on(
    kafka_bootstrap: str, producer: AIOKafkaProducer, tmp_path: Path
) -> None:
    uri = f"urn:{uuid.uuid4()}"
    async with (
        following(kafka_bootstrap, DEAD_LETTERS) as letters,
        following(kafka_bootstrap, ENRICHED) as enriched,
        worker(kafka_bootstrap, tmp_path),
    ):
        await producer.send_and_wait(RAW, b"{not json", key=key(uri), headers=[("x", b"y")])
        await producer.send_and_wait(RAW, None, key=key(uri))
        await producer.send_and_wait(RAW, b'{"id": 7}', key=key(uri))
        await producer.send_and_wait(RAW, event(uri, 0), key=key(uri))
        await Seen(enriched, {uri}).collect_all(1)
        async with asyncio.timeout(10):
            found = [await letters.getone() for _ in range(3)]
    assert [letter.value for letter in found] == [b"{not json", None, b'{"id": 7}']
    headers = dict(found[0].headers)
    assert (headers["x"], headers["original-topic"], headers["error-type"]) == (b"y", RAW.encode(), b"BadRecordError")
