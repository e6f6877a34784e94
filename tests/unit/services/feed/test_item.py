from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.feed.item import change_line, item, items, story_path
from services.feed.store.reader import Card, Change

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.text().filter(lambda name: name not in {"bodies", "url"}), JSON, max_size=4)
BASE = "https://news.example"


def _card(uri: str, fields: dict[str, Any], bodies: list[Any] | None) -> Card:
    return Card(uri, orjson.dumps({**fields, "uri": uri}), b"" if bodies is None else orjson.dumps(bodies))


@given(st.text(min_size=1), FIELDS, st.none() | st.lists(JSON, max_size=3), st.booleans())
def test_an_item_is_its_card_with_url_and_the_bodies_asked_for(
    uri: str,
    fields: dict[str, Any],
    kept: list[Any] | None,
    bodies: bool,  # noqa: FBT001
) -> None:
    expected = {**fields, "uri": uri, "url": BASE + story_path(uri)}
    if bodies and kept is not None:
        expected["bodies"] = kept
    assert orjson.loads(item(_card(uri, fields, kept), BASE, bodies=bodies)) == expected


@given(st.text(min_size=1), FIELDS, st.none() | st.text(), st.booleans())
def test_a_change_is_one_line(uri: str, fields: dict[str, Any], version: str | None, gone: bool) -> None:  # noqa: FBT001
    card = None if gone else _card(uri, fields, None)
    line = change_line(Change(7, "new", uri, version, card), BASE, bodies=False)
    assert b"\n" not in line
    assert b"\r" not in line
    read = orjson.loads(line)
    story = read.pop("story")
    assert read == {"change": 7, "kind": "new", "uri": uri, "version": version}
    assert story == (None if card is None else orjson.loads(item(card, BASE, bodies=False)))


def test_a_uri_is_one_segment_of_the_path() -> None:
    assert story_path("https://x/a b?ü#1") == "/stories/https%3A%2F%2Fx%2Fa%20b%3F%C3%BC%231"


def test_many_items_are_an_array() -> None:
    cards = (_card("a", {}, None), _card("b", {}, None))
    assert [found["uri"] for found in orjson.loads(items(cards, BASE, bodies=True))] == ["a", "b"]
    assert items((), BASE, bodies=True) == b"[]"
