from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from newswire.admin import ensure_topics
from newswire.local.brokers import embedded_brokers
from newswire.local.ports import HOST, Ports
from newswire.topics import ENRICHED
from tests.support.ports import free_port_base

if TYPE_CHECKING:
    from pathlib import Path

    from newswire.local.process import Child

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]


async def test_kafka_and_redis_keep_what_they_took_through_kill_9_and_a_second_start(tmp_path: Path) -> None:
    async with embedded_brokers(tmp_path, Ports.from_base(free_port_base())) as first:
        await _produce(first.bootstrap, b"one")
        await _restart(first.kafka)
        await ensure_topics(first.bootstrap, timeout_seconds=30)
        await _produce(first.bootstrap, b"two")
        assert await _redis(first.redis_url, b"SET story visible\r\n") == b"+OK\r\n"
        await _restart(first.redis)
    assert first.kafka.exit_code == 128 + signal.SIGTERM
    assert first.redis.exit_code == 0
    # Other ports: the data may move.
    async with embedded_brokers(tmp_path, Ports.from_base(free_port_base())) as second:
        await _produce(second.bootstrap, b"three")
        assert await _consume(second.bootstrap, 3) == [b"one", b"two", b"three"]
        assert await _redis(second.redis_url, b"GET story\r\n") == b"$7\r\n"


async def _restart(child: Child) -> None:
    child.kill()
    await child.exited()
    child.start()
    await child.wait_ready(60)


async def _produce(bootstrap: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    async with asyncio.timeout(30), producer:
        await producer.send_and_wait(ENRICHED, value)


async def _consume(bootstrap: str, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    async with asyncio.timeout(30), consumer:
        place = TopicPartition(ENRICHED, 0)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        return [(await consumer.getone()).value for _ in range(count)]


async def _redis(url: str, command: bytes) -> bytes:
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(HOST, urlsplit(url).port)
        writer.write(command)
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer
