from __future__ import annotations

from newswire.errors import BadRecordError
from newswire.topics import TOPICS, CloudEvent, cloud_event_headers, dead_letter_headers, settings, trace_of

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_feed_has_one_order_and_nothing_is_ever_dropped() -> None:
    assert {topic.name: topic.partitions for topic in TOPICS} == {
        "articles.raw": 12,
        "articles.enriched": 1,
        "articles.dlq": 1,
    }
    for topic in TOPICS:
        assert topic.config["retention.ms"] == "-1"
        assert topic.config["cleanup.policy"] == "delete"
        assert topic.config["message.timestamp.type"] == "LogAppendTime"


def test_each_topic_takes_whatever_comes_of_the_one_before() -> None:
    limits = [int(topic.config["max.message.bytes"]) for topic in TOPICS]
    assert limits == sorted(set(limits))


def test_with_more_than_one_replica_two_must_have_a_record_that_counts_as_kept() -> None:
    for topic in TOPICS:
        assert settings(topic, 1) == topic.config
        assert settings(topic, 3) == {**topic.config, "min.insync.replicas": "2"}


def test_headers_are_cloud_events_in_binary_mode() -> None:
    event = CloudEvent("id-1", "accepted", "/ingest/acme", "urn:a", "2026-01-01T00:00:00.000Z")
    assert dict(cloud_event_headers(event, TRACE)) == {
        "ce_specversion": b"1.0",
        "ce_id": b"id-1",
        "ce_source": b"/ingest/acme",
        "ce_type": b"newswire.story.accepted.v1",
        "ce_time": b"2026-01-01T00:00:00.000Z",
        "ce_subject": b"urn:a",
        "content-type": b"application/json",
        "traceparent": TRACE.encode(),
    }


def test_a_trace_that_is_none_is_not_handed_on() -> None:
    assert trace_of([("traceparent", TRACE.encode())]) == TRACE
    assert trace_of([("traceparent", b"00-1; drop"), ("other", b"")]) is None
    assert trace_of([("traceparent", TRACE.replace("00-", "ff-", 1).encode())]) is None
    assert trace_of([("traceparent", f"00-{'0' * 32}-{'1' * 16}-01".encode())]) is None
    assert trace_of([("traceparent", None)]) is None  # type: ignore[list-item] # as a foreign producer may send it
    assert trace_of([]) is None


def test_a_dead_letter_keeps_its_headers_and_says_where_it_stood() -> None:
    headers = dead_letter_headers([("a", b"1"), ("a", b"2")], ("articles.raw", 3, 0), BadRecordError("ouch"))
    assert headers == [
        ("a", b"1"),
        ("a", b"2"),
        ("original-topic", b"articles.raw"),
        ("original-partition", b"3"),
        ("original-offset", b"0"),
        ("error-type", b"BadRecordError"),
        ("error", b"ouch"),
    ]
