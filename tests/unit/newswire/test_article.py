from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from newswire.article import Article
from newswire.instants import instant_us


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-01-01",
        "2026-13-01T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "1767225600",
        "2026-01-01T00:00:00+00:00:01",
    ],
)
def test_what_is_no_date_time_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Article(uri="a", embargoed_until=text)


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=ZONES))
def test_every_date_time_keeps_its_instant(moment: datetime) -> None:
    article = Article(uri="a", expires=moment.isoformat())
    assert article.expires is not None
    offset = moment.utcoffset() or timedelta()
    assert instant_us(article.expires) == (moment.replace(tzinfo=UTC) - offset - datetime(1970, 1, 1, tzinfo=UTC)) // (
        timedelta(microseconds=1)
    )


def test_a_date_time_is_kept_as_it_came_but_for_a_missing_zone() -> None:
    article = Article(uri="a", expires="2026-01-01T10:00:00+02:00", first_created="2026-01-01T10:00:00")
    assert article.dump() == {
        "uri": "a",
        "expires": "2026-01-01T10:00:00+02:00",
        "firstCreated": "2026-01-01T10:00:00Z",
    }


def test_events_ignore_what_they_do_not_know_and_http_names_it() -> None:
    document = {"uri": "a", "associations": [{"uri": "b", "name": "c", "colour": 1}]}
    assert Article.model_validate(document, strict=False).associations
    with pytest.raises(ValidationError) as error:
        Article.model_validate(document, strict=False, extra="forbid")
    assert error.value.errors()[0]["loc"] == ("associations", 0, "colour")


@pytest.mark.parametrize(
    "document",
    [
        {"uri": 7},
        {"uri": ""},
        {"uri": "a", "version": 3},
        {"uri": "a", "urgency": 0},
        {"uri": "a", "urgency": 10},
        {"uri": "a", "urgency": "5"},
        {"uri": "a", "pubStatus": "cancelled"},
        {"uri": "a", "type": "podcast"},
        {"uri": "a", "headlines": [{"role": "main"}]},
        {"uri": "a", "rightsInfo": {"langId": "x"}},
        {"uri": "a", "people": [{"name": "x", "contactInfo": [{"type": "phone"}]}]},
        {"uri": "a", "associations": [{"uri": "b"}]},
        {"uri": "a", "eventDetails": {"dates": {}}},
        {"uri": "a", "eventDetails": {"dates": {"expectedStartDate": "2026-13-45", "endDate": "2026-01-01T00:00:00Z"}}},
        {"uri": "a", "bodies": [{"value": "x", "charCount": 2**63}]},
        {"uri": "a", "renditions": [{"name": "x", "width": -(2**63) - 1}]},
        {"uri": "a", "extra": {"a": [{"b": 2**64}]}},
        {"uri": "a", "places": [{"geoJSON": {"a": 2**64}}]},
    ],
)
def test_the_schema_s_rules_hold(document: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Article.model_validate_json(json.dumps(document), extra="forbid")
