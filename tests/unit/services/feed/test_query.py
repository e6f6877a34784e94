from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire.errors import BadQueryError
from services.feed.query import (
    NUMBER_MOST,
    ChangesQuery,
    FeedQuery,
    StreamQuery,
    changes_query,
    cursor,
    feed_query,
    no_query,
    page_query,
    stream_query,
)

Parse = Callable[[list[tuple[str, str]]], Any]


def _stream(pairs: list[tuple[str, str]]) -> StreamQuery:
    return stream_query(pairs, None)


PARSERS: list[Parse] = [feed_query, changes_query, _stream, page_query]


def test_nothing_asked_is_the_defaults() -> None:
    assert feed_query([]) == FeedQuery(limit=20, before=None, bodies=False)
    assert changes_query([]) == ChangesQuery(after=None, limit=100, wait_seconds=0, bodies=False)
    assert _stream([]) == StreamQuery(after=None, bodies=False)
    no_query([])


@given(st.integers(0, NUMBER_MOST))
def test_a_cursor_comes_back_as_its_ordinal(ordinal: int) -> None:
    assert feed_query([("cursor", cursor(ordinal))]).before == ordinal


@given(st.one_of(st.text(), st.from_regex(r"[A-Za-z0-9_-]{1,14}", fullmatch=True)))
def test_only_what_was_given_out_is_a_cursor(token: str) -> None:
    try:
        before = feed_query([("cursor", token)]).before
    except BadQueryError:
        return
    assert before is not None
    assert cursor(before) == token


@given(st.integers(1, 100), st.integers(0, NUMBER_MOST), st.booleans())
def test_the_next_page_is_asked_for_in_the_same_way(limit: int, ordinal: int, bodies: bool) -> None:  # noqa: FBT001
    turned = FeedQuery(limit, 5, bodies).turned(ordinal)
    assert feed_query(parse_qsl(turned)) == FeedQuery(limit, ordinal, bodies)


@pytest.mark.parametrize("parse", PARSERS)
@given(name=st.text(max_size=300))
def test_an_unknown_parameter_is_named(parse: Parse, name: str) -> None:
    known = {"limit", "cursor", "include", "after", "wait", "last_event_id", "lastEventID"}
    if name in known:
        return
    with pytest.raises(BadQueryError) as caught:
        parse([(name, "1")])
    assert caught.value.parameter == name[:100]


@pytest.mark.parametrize(
    ("parse", "name", "value"),
    [
        *(
            (feed_query, "limit", value)
            for value in ("0", "101", "-1", "", "1.0", " 1", "+1", "01", "1_0", "٣", "9" * 99)
        ),
        *((changes_query, "limit", value) for value in ("0", "1001", "all")),
        *((changes_query, "after", value) for value in ("-2", "", "x", "1e3", str(NUMBER_MOST + 1), "-0")),
        *((changes_query, "wait", value) for value in ("61", "60.1", "-1", "", "inf", "nan", "1e1")),
        *((_stream, name, "x") for name in ("after", "last_event_id", "lastEventID")),
        *(
            (parse, "include", value)
            for parse in (feed_query, changes_query, _stream)
            for value in ("", "body", "Bodies")
        ),
        (page_query, "cursor", "AA"),
    ],
)
def test_a_bad_value_is_named(parse: Parse, name: str, value: str) -> None:
    with pytest.raises(BadQueryError) as caught:
        parse([(name, value)])
    assert caught.value.parameter == name


@pytest.mark.parametrize(("parse", "name", "value"), [(feed_query, "limit", "5"), (_stream, "after", "5")])
def test_what_is_given_twice_is_named(parse: Parse, name: str, value: str) -> None:
    with pytest.raises(BadQueryError, match="more than once"):
        parse([(name, value), (name, value)])


@given(st.integers(-1, NUMBER_MOST))
def test_every_change_number_is_taken(number: int) -> None:
    assert changes_query([("after", str(number))]).after == number


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("2.5", 2.5), ("60", 60), ("60.000", 60)])
def test_a_wait_is_in_seconds(text: str, seconds: float) -> None:
    assert changes_query([("wait", text)]).wait_seconds == seconds


def test_the_header_wins_over_the_parameters_and_they_over_each_other() -> None:
    pairs = [("after", "1"), ("lastEventID", "2"), ("last_event_id", "3")]
    assert stream_query(pairs, "4").after == 4
    assert stream_query(pairs, "").after == 3
    assert stream_query(pairs[:2], None).after == 2
    assert stream_query(pairs[:1], None).after == 1


def test_a_bad_header_is_named() -> None:
    with pytest.raises(BadQueryError) as caught:
        stream_query([], "urn:uuid:x")
    assert caught.value.parameter == "Last-Event-ID"


def test_what_takes_no_parameter_refuses_each() -> None:
    with pytest.raises(BadQueryError):
        no_query([("pretty", "1")])
