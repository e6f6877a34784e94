"""The topics: names, keys, configuration, headers. The one place that says what is in Kafka.

Partition counts are part of the contract: the key decides the partition, the partition the order of a story's
versions, and the single partition of articles.enriched is the order of the whole feed.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from newswire.errors import FailedError, TopicMismatchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RAW: Final = "articles.raw"
ENRICHED: Final = "articles.enriched"
DEAD_LETTERS: Final = "articles.dlq"

# What a record may take at most, by topic: the broker's `max.message.bytes`. Each topic can take whatever comes of a
# record of the one before it: an enrichment repeats the names in a story as tags, a dead letter adds headers.
_MIB: Final = 1024 * 1024
MAX_BYTES: Final = {RAW: 3 * _MIB, ENRICHED: 8 * _MIB, DEAD_LETTERS: 9 * _MIB}

# The frame of a batch of one record (61 bytes), of the record and of each header, at their longest.
_BATCH_FRAME: Final = 128
_HEADER_FRAME: Final = 10

Headers = list[tuple[str, bytes]]

_KEPT_FOR_EVER: Final = {
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "cleanup.policy": "delete",
    "message.timestamp.type": "LogAppendTime",
}
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_REQUEST_MS = 5_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the contract wants it."""

    name: str
    partitions: int

    @property
    def config(self) -> dict[str, str]:
        """Its configuration: everything is kept, and the broker's clock is the only one."""
        return {**_KEPT_FOR_EVER, "max.message.bytes": str(MAX_BYTES[self.name])}


TOPICS: Final = (Topic(RAW, 12), Topic(ENRICHED, 1), Topic(DEAD_LETTERS, 1))


def key(uri: str) -> bytes:
    """The record key of a story, the same on every topic."""
    return uri.encode()


def record_bytes(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    """What a record takes at most of the broker's `max.message.bytes`, alone in its batch.

    Checked before a record is sent: a refusal by the broker would leave a gap in the idempotent producer's sequence
    numbers, and close the partition to it for good (aiokafka 1017).
    """
    named = sum(len(name.encode()) + len(content) + _HEADER_FRAME for name, content in headers)
    return _BATCH_FRAME + len(key or b"") + len(value or b"") + named


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """The attributes of an event (CloudEvents 1.0): `type` without the common prefix, `time` RFC 3339."""

    id: str
    type: str
    source: str
    subject: str
    time: str


def cloud_event_headers(event: CloudEvent, traceparent: str | None) -> Headers:
    """The headers of Kafka's binary mode, and the trace that the event belongs to."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id.encode()),
        ("ce_source", event.source.encode()),
        ("ce_type", f"newswire.story.{event.type}.v1".encode()),
        ("ce_time", event.time.encode()),
        ("ce_subject", event.subject.encode()),
        ("content-type", b"application/json"),
    ]
    if traceparent:
        headers.append(("traceparent", traceparent.encode()))
    return headers


def trace_of(headers: Iterable[tuple[str, bytes]]) -> str | None:
    """The `traceparent` that came with a record, if it is one (W3C Trace Context)."""
    for name, value in headers:
        if name == "traceparent":
            # Kafka lets a header be without a value.
            text = (value or b"").decode("ascii", "replace")
            return text if _TRACEPARENT.fullmatch(text) else None
    return None


def dead_letter_headers(
    headers: Sequence[tuple[str, bytes]], place: tuple[str, int, int], error: BaseException
) -> Headers:
    """The original headers, then where the record stood and why it can never be processed."""
    topic, partition, offset = place
    return [
        *headers,
        ("original-topic", topic.encode()),
        ("original-partition", str(partition).encode()),
        ("original-offset", str(offset).encode()),
        ("error-type", type(error).__name__.encode()),
        ("error", str(error).encode("utf-8", "replace")),
    ]


async def ensure_topics(bootstrap: str, *, timeout_seconds: float, replication: int = 1) -> None:
    """Create what is missing, and refuse a topic with another partition count.

    Retried until the broker answers: an open port is not a ready broker. Raises TopicMismatchError, and
    FailedError when the time is up.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            while True:
                try:
                    await _ensure_once(bootstrap, replication)
                except (KafkaError, OSError):
                    await asyncio.sleep(0.1)
                else:
                    return
    except TimeoutError as error:
        msg = f"no Kafka that takes topics at {bootstrap} within {timeout_seconds:g} s"
        raise FailedError(msg) from error


async def _ensure_once(bootstrap: str, replication: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_REQUEST_MS)
    try:
        await admin.start()
        found = {
            topic["topic"]: len(topic["partitions"])
            for topic in await admin.describe_topics()
            if not topic["error_code"]
        }
        _refuse_mismatch(found)
        missing = [topic for topic in TOPICS if topic.name not in found]
        if missing:
            await _create(admin, missing, replication)
    finally:
        await admin.close()


def _refuse_mismatch(found: Mapping[str, int]) -> None:
    for topic in TOPICS:
        count = found.get(topic.name, topic.partitions)
        if count != topic.partitions:
            msg = (
                f"topic {topic.name} has {count} partitions and must have {topic.partitions}: "
                "the order of the stories depends on it, so it cannot be altered in place"
            )
            raise TopicMismatchError(msg)


async def _create(admin: AIOKafkaAdminClient, missing: Sequence[Topic], replication: int) -> None:
    answer = await admin.create_topics(
        [NewTopic(topic.name, topic.partitions, replication, topic_configs=dict(topic.config)) for topic in missing]
    )
    for _, code, *_ in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error
