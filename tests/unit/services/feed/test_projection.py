from __future__ import annotations

from unittest.mock import Mock

import orjson
import pytest

from newswire.article import Article, Association, Body, PlannedCoverage, Text
from newswire.errors import BadRecordError
from newswire.events import ClockEvent, EnrichedEvent, Enrichment, RawRef, encode
from newswire.lifecycle import Position
from services.feed import projection as projections
from services.feed.projection import NotOwnerError, Projection, parse
from services.feed.store.writes import RECEIPT_SECONDS, Write

NOW_MS = 1_767_225_600_000
EMBARGO = "2026-01-01T00:00:10Z"


def event(raw: int = 0, *, provider: str = "acme", enrichment: Enrichment | None = None, **article: object) -> bytes:
    return encode(
        EnrichedEvent(
            id=f"id-{raw}",
            provider=provider,
            accepted="2026-01-01T00:00:00Z",
            article=Article(uri="urn:a", **article),  # type: ignore[arg-type]
            raw=RawRef(partition=0, offset=raw),
            enrichment=enrichment or Enrichment(summary="s", errors=("language: ValueError",)),
        )
    )


def clock(kind: str, raw: int) -> bytes:
    return encode(ClockEvent(kind=kind, id="c", uri="urn:a", raw=RawRef(partition=0, offset=raw)))  # type: ignore[arg-type]


def take(projection: Projection, value: bytes, offset: int, after_ms: int = 0) -> Write:
    write, refused = projection.take(parse(value, Position(offset, NOW_MS + after_ms)), value, NOW_MS + after_ms)
    assert refused is None
    return write


@pytest.mark.parametrize("value", [None, b"", b"{", b"{}", b'{"kind":"story"}', b'{"kind":"other"}', b"\xff"])
def test_what_is_no_event_is_a_bad_record(value: bytes | None) -> None:
    with pytest.raises(BadRecordError):
        parse(value, Position(0, 0))


def test_a_card_is_the_article_with_our_fields_and_without_bodies_and_editors_notes() -> None:
    association = Association(uri="b", name="related", ed_note="call the desk")
    value = event(
        version="1",
        headlines=(Text(value="h"),),
        bodies=(Body(value="b"),),
        ed_note="not for readers",
        associations=(association,),
        planned_coverage=(PlannedCoverage(title="t", ed_note="nor this"),),
    )
    write = take(Projection(0), value, 7)
    assert orjson.loads(write.card) == {
        "uri": "urn:a",
        "version": "1",
        "headlines": [{"value": "h"}],
        "associations": [{"uri": "b", "name": "related"}],
        "plannedCoverage": [{"title": "t"}],
        "provider": "acme",
        "published": "2026-01-01T00:00:00.000Z",
        "updated": "2026-01-01T00:00:00.000Z",
        "change": 7,
        "enrichment": {"summary": "s", "tags": [], "produced_by": {}},
    }
    assert orjson.loads(write.bodies) == [{"value": "b"}]


def test_under_embargo_the_event_waits_and_is_shown_by_its_release() -> None:
    projection = Projection(0)
    value = event(version="1", embargoed_until=EMBARGO)
    waiting = take(projection, value, 0)
    assert (waiting.kind, waiting.card, waiting.pending) == (None, b"", value)
    assert waiting.release_us == (NOW_MS + 10_000) * 1000
    released = take(projection, clock("release", 0), 1, 10_000)
    assert (released.kind, released.pending, released.release_us) == ("new", b"", None)
    assert orjson.loads(released.card)["change"] == 1


def test_a_write_belongs_to_the_trace_of_its_record() -> None:
    traceparent = f"00-{'ab' * 16}-{'c' * 16}-01"
    value = event(version="1")
    parsed = parse(value, Position(0, NOW_MS), traceparent)
    write, _ = Projection(0).take(parsed, value, NOW_MS)
    assert (parsed.trace_id, write.traceparent) == ("ab" * 16, traceparent)


def test_published_of_the_wire_never_runs_backwards() -> None:
    projection = Projection(NOW_MS + 5)
    assert orjson.loads(take(projection, event(), 0).card)["published"] == "2026-01-01T00:00:00.005Z"


def test_a_repeat_only_moves_the_offset() -> None:
    projection = Projection(0)
    take(projection, event(version="1"), 0)
    repeat = take(projection, event(version="1"), 1)
    assert (repeat.offset, repeat.kind, repeat.story, repeat.pending) == (1, None, None, None)


def test_the_same_article_pushed_again_has_no_effect_and_a_receipt_that_says_visible() -> None:
    projection = Projection(0)
    take(projection, event(0, version="1"), 0)
    again = take(projection, event(1, version="1"), 1)
    assert (again.kind, again.story) == (None, None)
    assert again.receipt is not None
    assert orjson.loads(again.receipt.body)["offset"] == 0


def test_a_repeated_record_of_the_visible_version_keeps_its_own_receipt() -> None:
    projection = Projection(0)
    take(projection, event(0, version="1"), 0)
    take(projection, event(1, version="2", embargoed_until=EMBARGO), 1)
    again = take(projection, event(0, version="1"), 2)
    assert again.receipt is not None
    assert orjson.loads(again.receipt.body)["offset"] == 0


def test_a_record_that_cannot_be_shown_is_a_dead_letter_and_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    projection = Projection(0)
    with monkeypatch.context() as broken:
        broken.setattr(projections, "card", Mock(side_effect=TypeError("Integer exceeds 64-bit range")))
        value = event(0, version="1")
        write, refused = projection.take(parse(value, Position(0, NOW_MS)), value, NOW_MS)
    assert isinstance(refused, BadRecordError)
    assert (write.kind, write.story) == (None, None)
    assert take(projection, event(1, version="1"), 1).kind == "new"


def test_an_embargoed_event_is_projected_whatever_else_is_in_the_batch() -> None:
    projection = Projection(0)
    take(projection, event(0, version="1", embargoed_until=EMBARGO), 0)
    killed = take(projection, event(1, pub_status="canceled"), 1)
    assert (killed.pending, projection.pending) == (b"", {})


def test_another_provider_s_record_has_no_effect_and_says_why() -> None:
    projection = Projection(0)
    take(projection, event(version="1"), 0)
    value = event(1, provider="other", version="2")
    write, refused = projection.take(parse(value, Position(1, NOW_MS)), value, NOW_MS)
    assert isinstance(refused, NotOwnerError)
    assert (write.kind, write.story) == (None, None)
    assert write.receipt is not None
    assert orjson.loads(write.receipt.body)["refused"] is True


def test_a_receipt_is_kept_for_a_week_from_the_record_s_time() -> None:
    parsed = parse(event(), Position(0, NOW_MS))
    day = 24 * 3600
    for age, left in ((0, RECEIPT_SECONDS), (day, RECEIPT_SECONDS - day)):
        write, _ = Projection(0).take(parsed, event(), NOW_MS + age * 1000)
        assert write.receipt is not None
        assert write.receipt.seconds == left
    write, _ = Projection(0).take(parsed, event(), NOW_MS + RECEIPT_SECONDS * 1000)
    assert write.receipt is None
