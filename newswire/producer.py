"""The one way to make a Kafka producer here: idempotent, all replicas, no waiting for company, bounded ends."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from newswire.connection import connected
from newswire.errors import FailedError, PublishError
from newswire.topics import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# aiokafka's default of 16 kB holds five stories, and every drained batch wakes all who wait.
_BATCH_BYTES: Final = 1024 * 1024
# The largest record that a topic takes, and the request around it.
_MAX_REQUEST_BYTES: Final = max(MAX_BYTES.values()) + 64 * 1024
# With a shorter one a batch whose leader is away is dropped, and with it its place in the sequence (aiokafka 1017).
_REQUEST_MS: Final = 60_000


def make_producer(bootstrap: str) -> AIOKafkaProducer:
    """A producer that is not started yet."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=_BATCH_BYTES,
        max_request_size=_MAX_REQUEST_BYTES,
        request_timeout_ms=_REQUEST_MS,
    )


@asynccontextmanager
async def open_producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A started producer. Raises FailedError when Kafka does not answer within 30 s."""
    producer = make_producer(bootstrap)
    async with connected(producer, bootstrap):
        yield producer


async def publish(producer: AIOKafkaProducer, topic: str, seconds: float, **record: object) -> int:
    """Send one record (`key`, `value`, `headers`) and wait for its acknowledgement; says its log time (ms).

    Raises PublishError when there is none in time (the record may be stored), and FailedError when the broker
    refused: after a refusal the producer's sequence may have a gap, so the caller ends the process.
    """
    try:
        async with asyncio.timeout(seconds):
            metadata = await producer.send_and_wait(topic, **record)
    except TimeoutError as error:
        msg = f"no acknowledgement from {topic} within {seconds:g} s"
        raise PublishError(msg) from error
    except KafkaError as error:
        msg = f"{topic} refused a record: {type(error).__name__}"
        raise FailedError(msg) from error
    return int(metadata.timestamp)
