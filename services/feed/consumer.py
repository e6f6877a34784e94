"""The projector's place in its Kafka group: one member of it has the log's only partition, the others wait."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer

from newswire.connection import connected
from newswire.topics import ENRICHED, MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def group_of(wire: str) -> str:
    """The consumer group of a wire's projectors."""
    return f"newswire-projector-{wire}"


def make_consumer(bootstrap: str, wire: str) -> AIOKafkaConsumer:
    """A member of the wire's group, not started yet. A dead member's place is taken after 6 s."""
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group_of(wire),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=6_000,
        heartbeat_interval_ms=1_000,
        max_partition_fetch_bytes=MAX_BYTES[ENRICHED],
    )


@asynccontextmanager
async def open_consumer(bootstrap: str, wire: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A started member. Raises FailedError when Kafka does not answer within 30 s."""
    consumer = make_consumer(bootstrap, wire)
    async with connected(consumer, bootstrap):
        yield consumer
