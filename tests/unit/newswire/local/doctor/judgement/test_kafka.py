from __future__ import annotations

from dataclasses import replace

from newswire.local.doctor.facts.kafka import KafkaFacts
from newswire.local.doctor.judgement.kafka import judge_kafka
from newswire.topics import RAW, TOPICS, Found

RIGHT = {topic.name: Found(topic.partitions, 1, topic.config, {}) for topic in TOPICS}
FACTS = KafkaFacts(("broker:9092",), RIGHT, {"newswire-enrich": 0, "newswire-projector-main": 3})


def not_ok(facts: KafkaFacts) -> list[tuple[str, str, str]]:
    return [(each.name, each.verdict, each.found) for each in judge_kafka("broker:9092", facts) if each.verdict != "ok"]


def with_raw(found: Found) -> KafkaFacts:
    return replace(FACTS, topics={**RIGHT, RAW: found})


def test_all_is_as_it_must_be() -> None:
    findings = judge_kafka("broker:9092", FACTS)
    assert {each.verdict for each in findings} == {"ok"}
    assert [each.found for each in findings][2:] == ["level with the log", "3 records behind"]


def test_a_setting_that_differs_is_named_with_what_it_must_be() -> None:
    spoilt = replace(RIGHT[RAW], config={**RIGHT[RAW].config, "retention.ms": "60000"})
    assert not_ok(with_raw(spoilt)) == [(RAW, "fail", "retention.ms is 60000 and must be -1")]


def test_replicas_of_which_one_is_enough_to_acknowledge() -> None:
    weak = replace(RIGHT[RAW], replication=3, config={**RIGHT[RAW].config, "min.insync.replicas": "1"})
    assert not_ok(with_raw(weak)) == [(RAW, "fail", "min.insync.replicas is 1 and must be 2")]
    strong = replace(weak, config={**weak.config, "min.insync.replicas": "3"})
    assert not_ok(with_raw(strong)) == []


def test_missing_topics_and_another_partition_count() -> None:
    ((name, verdict, found),) = not_ok(replace(FACTS, topics={}))
    assert (name, verdict) == ("topics", "fail")
    assert found == "missing: articles.raw, articles.enriched, articles.dlq"
    ((_, verdict, found),) = not_ok(with_raw(replace(RIGHT[RAW], partitions=3)))
    assert verdict == "fail"
    assert "has 3 partitions and must have 12" in found


def test_a_group_far_behind() -> None:
    assert not_ok(replace(FACTS, lag={"newswire-enrich": 5000})) == [("newswire-enrich", "warn", "5000 records behind")]
