from __future__ import annotations

from pathlib import Path

from newswire.local.doctor.place import place

READY = {
    "ingest": "http://127.0.0.1:9001",
    "feed": "http://127.0.0.1:9000",
    "kafka": "127.0.0.1:9004",
    "redis": "redis://127.0.0.1:9006/0",
    "data": "/elsewhere",
    "health": {"enrich": "http://127.0.0.1:9002", "projector": "http://127.0.0.1:9003"},
    "pids": {"kafka": 1},
}


def test_a_ready_file_comes_before_the_environment() -> None:
    found = place(Path("data"), READY, {"NEWSWIRE_KAFKA": "other:1", "NEWSWIRE_WIRE": "night"})
    assert (found.kafka, found.redis, found.wire) == ("127.0.0.1:9004", "redis://127.0.0.1:9006/0", "night")
    assert list(found.health) == ["ingest", "enrich", "projector", "feed"]
    assert found.data == Path("/elsewhere")
    assert found.ports == {9000, 9001, 9002, 9003, 9004, 9006}


def test_the_environment_tells_of_a_stack_that_up_does_not_run() -> None:
    environ = {
        "NEWSWIRE_KAFKA": "kafka",
        "NEWSWIRE_REDIS": "redis://:secret@redis",
        "NEWSWIRE_FEED_URL": "https://feed.example",
        "NEWSWIRE_PROJECTOR_URL": "http://projector",
    }
    found = place(Path("data"), {}, environ)
    assert found.told
    assert found.health == {"projector": "http://projector", "feed": "https://feed.example"}
    assert found.ports == {9092, 6379, 443, 80}


def test_nothing_is_asked_where_nothing_was_told() -> None:
    found = place(Path("data"), {}, {})
    assert not found.told
    assert found.ports == frozenset()
    assert not place(Path("data"), READY, {}).forgotten().told
