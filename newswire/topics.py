"""The topics: names, keys, configuration, headers. The one place that says what is in Kafka.

Partition counts are part of the contract: the key decides the partition, the partition the order of a story's
versions, and the single partition of articles.enriched is the order of the whole feed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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
TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
# More than these is no harm: a broker's own limits, and an operator who wants more copies in sync.
_AT_LEAST: Final = frozenset({"max.message.bytes", "min.insync.replicas"})


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the contract wants it."""

    name: str
    partitions: int

    @property
    def config(self) -> dict[str, str]:
        """Its configuration: everything is kept, and the broker's clock is the only one."""
        return {**_KEPT_FOR_EVER, "max.message.bytes": str(MAX_BYTES[self.name])}


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as the broker has it: fewest replicas of a partition, its `config`, and what of that is its `own`."""

    partitions: int
    replication: int
    config: Mapping[str, str]
    own: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that is not as the contract wants it, and can be set right in place."""

    topic: str
    setting: str
    found: str
    wanted: str

    @property
    def corrected(self) -> str:
        """In words, once it is set right."""
        return f"{self.setting} was {self.found} and is {self.wanted} now"


TOPICS: Final = (Topic(RAW, 12), Topic(ENRICHED, 1), Topic(DEAD_LETTERS, 1))


def settings(topic: Topic, replication: int) -> dict[str, str]:
    """A topic's configuration for as many replicas: with more than one, two must have a record that counts as kept."""
    return topic.config | ({"min.insync.replicas": "2"} if replication > 1 else {})


def differences(found: Mapping[str, Found]) -> list[Difference]:
    """What of the configuration is not as the contract wants it; missing topics have none."""
    return [
        Difference(topic.name, setting, is_now, wanted)
        for topic in TOPICS
        if (one := found.get(topic.name))
        for setting, wanted in settings(topic, one.replication).items()
        if not _fits(setting, is_now := one.config.get(setting, ""), wanted)
    ]


def unalterable(found: Mapping[str, Found], replication: int = 1) -> list[str]:
    """What no setting can put right, each as a sentence's part: another partition count, fewer replicas than asked."""
    faults = []
    for topic in TOPICS:
        one = found.get(topic.name)
        if one and one.partitions != topic.partitions:
            faults.append(
                f"topic {topic.name} has {one.partitions} partitions and must have {topic.partitions}: "
                "the order of the stories depends on it, so it cannot be altered in place"
            )
        elif one and one.replication < replication:
            faults.append(
                f"topic {topic.name} has {one.replication} of the {replication} replicas that are asked for: "
                "Kafka's own kafka-reassign-partitions.sh adds replicas"
            )
    return faults


def _fits(setting: str, found: str, wanted: str) -> bool:
    if setting in _AT_LEAST and found.isdecimal():
        return int(found) >= int(wanted)
    return found == wanted


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


def event_type(event: str) -> str:
    """The `ce_type` of a kind of event: its major version is the topic's."""
    return f"newswire.story.{event}.v1"


def cloud_event_headers(event: CloudEvent, traceparent: str | None) -> Headers:
    """The headers of Kafka's binary mode, and the trace that the event belongs to."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id.encode()),
        ("ce_source", event.source.encode()),
        ("ce_type", event_type(event.type).encode()),
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
            return text if TRACEPARENT.fullmatch(text) else None
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
