"""The broker, the topics, and who reads them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from newswire.local.doctor.finding import KAFKA, Finding
from newswire.topics import TOPICS, differences, unalterable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newswire.local.doctor.facts.kafka import KafkaFacts
    from newswire.topics import Found

# What a worker gets through within seconds.
LAG_RECORDS: Final = 1_000


def judge_kafka(bootstrap: str, facts: KafkaFacts) -> list[Finding]:
    """All that it answered."""
    brokers = f"{len(facts.brokers)} broker{'s' if len(facts.brokers) != 1 else ''} ({', '.join(facts.brokers)})"
    return [
        Finding(KAFKA, "brokers", "ok", f"{bootstrap} answers: {brokers}"),
        *_topics(facts.topics),
        *(_lag(group, records) for group, records in facts.lag.items()),
    ]


def judge_silent_kafka(bootstrap: str, reason: str) -> Finding:
    """It did not answer."""
    hint = "is it running? It must also be reachable under the address that it announces (advertised.listeners)"
    return Finding(KAFKA, "brokers", "fail", f"{bootstrap}: {reason}", hint)


def _topics(found: Mapping[str, Found]) -> list[Finding]:
    findings = []
    if missing := [topic.name for topic in TOPICS if topic.name not in found]:
        findings.append(
            Finding(KAFKA, "topics", "fail", f"missing: {', '.join(missing)}", "`newswire topics` creates them")
        )
    findings += [
        Finding(KAFKA, "topics", "fail", fault, "move the stories to a new cluster") for fault in unalterable(found)
    ]
    findings += [
        Finding(
            KAFKA,
            each.topic,
            "fail",
            f"{each.setting} is {each.found or 'not set'} and must be {each.wanted}",
            "`newswire topics` sets it right",
        )
        for each in differences(found)
    ]
    return findings or [Finding(KAFKA, "topics", "ok", _summary(found))]


def _summary(found: Mapping[str, Found]) -> str:
    counts = ", ".join(f"{topic.name} {found[topic.name].partitions}" for topic in TOPICS)
    copies = min(found[topic.name].replication for topic in TOPICS)
    return f"as they must be (partitions: {counts}; replicas: {copies})"


def _lag(group: str, records: int) -> Finding:
    found = f"{records} records behind" if records else "level with the log"
    if records > LAG_RECORDS:
        return Finding(KAFKA, group, "warn", found, "is it running, and does the number fall? Its log says why not")
    return Finding(KAFKA, group, "ok", found)
