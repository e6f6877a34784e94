"""The broker: who is there, our topics, and how far behind their readers are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from newswire.admin import open_admin, read_topics
from newswire.errors import FailedError
from newswire.topics import ENRICHED, RAW, Found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiokafka.admin import AIOKafkaAdminClient

SECONDS: Final = 5.0
_REQUEST_MS: Final = 3_000


@dataclass(frozen=True, slots=True)
class KafkaFacts:
    """The brokers as host:port, our topics by name, and how many records each group has not worked on yet."""

    brokers: tuple[str, ...]
    topics: Mapping[str, Found]
    lag: Mapping[str, int]


async def ask_kafka(bootstrap: str, wire: str) -> KafkaFacts:
    """Raises FailedError when it does not answer within 5 s."""
    try:
        async with asyncio.timeout(SECONDS), open_admin(bootstrap, _REQUEST_MS) as admin:
            cluster = await admin.describe_cluster()
            topics = await read_topics(admin)
            lag = await _lag(bootstrap, admin, _followed(topics, wire))
    except KafkaConnectionError as error:
        msg = "nobody there answers as Kafka does"
        raise FailedError(msg) from error
    except (KafkaError, OSError) as error:
        # A TimeoutError has no text of its own.
        raise FailedError(str(error) or f"no answer within {SECONDS:g} s") from error
    return KafkaFacts(tuple(f"{each['host']}:{each['port']}" for each in cluster["brokers"]), topics, lag)


def _followed(topics: Mapping[str, Found], wire: str) -> dict[str, list[TopicPartition]]:
    """Which partitions each group works on, as far as they are there."""
    groups = {"newswire-enrich": RAW, f"newswire-projector-{wire}": ENRICHED}
    return {
        group: [TopicPartition(topic, number) for number in range(topics[topic].partitions)]
        for group, topic in groups.items()
        if topic in topics
    }


async def _lag(
    bootstrap: str, admin: AIOKafkaAdminClient, partitions: Mapping[str, Sequence[TopicPartition]]
) -> dict[str, int]:
    # To ask for the offsets of a group that nobody has heard of would make the broker create what keeps them.
    known = {name for name, _ in await admin.list_consumer_groups()}
    lag = {}
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, request_timeout_ms=_REQUEST_MS) as consumer:
        for group, theirs in partitions.items():
            first, ends = await consumer.beginning_offsets(theirs), await consumer.end_offsets(theirs)
            done = await admin.list_consumer_group_offsets(group) if group in known else {}
            lag[group] = sum(ends[each] - max(first[each], done[each].offset if each in done else 0) for each in theirs)
    return lag
