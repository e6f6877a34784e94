"""What Kafka knows of the log that the projector follows: from where to where, and how far the group was."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, TopicPartition

KAFKA_SECONDS: Final = 10.0


class Extent(NamedTuple):
    """Offsets: the log's `first`, its `end` (the next one to be written), and what the group has `committed`, or 0."""

    first: int
    end: int
    committed: int

    @property
    def once(self) -> int:
        """Where the view was by the group's memory: what it goes by while the store cannot be asked."""
        return max(self.first, self.committed)


async def read_extent(consumer: AIOKafkaConsumer, partition: TopicPartition) -> Extent:
    """Ask Kafka. Raises KafkaError, and TimeoutError after 10 s."""
    async with asyncio.timeout(KAFKA_SECONDS):
        first = (await consumer.beginning_offsets([partition]))[partition]
        end = (await consumer.end_offsets([partition]))[partition]
        committed = await consumer.committed(partition)
    return Extent(first, end, committed or 0)
