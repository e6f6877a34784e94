"""The enrich worker as its own process on a real Kafka: at least once, in order, and nothing dies of one record."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
import uuid
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from newswire.article import Article, Text
from newswire.events import FEED_EVENT, ArticleEvent, EnrichedEvent, encode
from newswire.producer import open_producer
from newswire.topics import DEAD_LETTERS, ENRICHED, RAW, ensure_topics, key
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiokafka import AIOKafkaProducer

pytestmark = pytest.mark.servers


def event(uri: str, version: int) -> bytes:
    article = Article(uri=uri, version=str(version), headlines=(Text(value="A headline"),))
    return encode(ArticleEvent(id=str(uuid.uuid4()), provider="acme", accepted="2026-01-01T00:00:00Z", article=article))


@asynccontextmanager
async def worker(bootstrap: str, data: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **os.environ,
        "NEWSWIRE_KAFKA": bootstrap,
        "NEWSWIRE_ENRICH_PORT": str(free_port()),
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


async def collect(consumer: AIOKafkaConsumer, uris: set[str], versions: int) -> dict[str, list[int]]:
    """The versions of each of the stories in the order in which they come, until the last of each is there."""
    seen: dict[str, list[int]] = defaultdict(list)
    async with asyncio.timeout(90):
        while sum(found[-1] == versions - 1 for found in seen.values()) < len(uris):
            record = await consumer.getone()
            found = FEED_EVENT.validate_json(record.value)
            if isinstance(found, EnrichedEvent) and found.article.uri in uris:
                assert record.key == key(found.article.uri)
                seen[found.article.uri].append(int(found.article.version or "0"))
    return seen


async def test_every_version_comes_out_in_order_and_sigterm_ends_it_cleanly(
    kafka_bootstrap: str, producer: AIOKafkaProducer, tmp_path: Path
) -> None:
    uris = {f"urn:{uuid.uuid4()}" for _ in range(20)}
    async with following(kafka_bootstrap, ENRICHED) as consumer, worker(kafka_bootstrap, tmp_path) as process:
        for version in range(10):
            for uri in uris:
                await producer.send(RAW, event(uri, version), key=key(uri))
        seen = await collect(consumer, uris, 10)
        assert all(versions == list(range(10)) for versions in seen.values())
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
        async with worker(kafka_bootstrap, tmp_path) as process:
            async with asyncio.timeout(60):
                for _ in range(300):
                    await consumer.getone()
            process.kill()
            await process.wait()
        async with worker(kafka_bootstrap, tmp_path):
            seen = await collect(consumer, uris, 20)
    # What was seen before the kill is not in here; what comes after it is in order, with some repeats.
    assert all(versions[-1] == 19 for versions in seen.values())
    assert all(later - earlier <= 1 for versions in seen.values() for earlier, later in itertools.pairwise(versions))


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
        await collect(enriched, {uri}, 1)
        async with asyncio.timeout(10):
            found = [await letters.getone() for _ in range(3)]
    assert [letter.value for letter in found] == [b"{not json", None, b'{"id": 7}']
    headers = dict(found[0].headers)
    assert (headers["x"], headers["original-topic"], headers["error-type"]) == (b"y", RAW.encode(), b"BadRecordError")
