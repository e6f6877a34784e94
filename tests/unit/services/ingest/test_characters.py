from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.characters import may_hold_controls, without_controls

TAKEN_OUT = "".join(chr(code) for code in range(0x20) if code not in (9, 10, 11, 12, 13)) + "\ufffe\uffff"


@pytest.mark.parametrize("character", TAKEN_OUT)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_character_that_xml_cannot_hold_is_seen_and_taken_out(character: str, *, ascii_only: bool) -> None:
    story = {"headlines": [{"value": f"a{character}b"}]}
    assert may_hold_controls(json.dumps(story, ensure_ascii=ascii_only).encode())
    assert without_controls(story) == {"headlines": [{"value": "ab"}]}


def test_line_breaks_of_word_processors_become_line_feeds() -> None:
    assert may_hold_controls(b'{"a":"\\f"}')
    assert without_controls({"a": "one\x0btwo\x0cthree"}) == {"a": "one\ntwo\nthree"}


def test_the_uri_is_left_alone_but_only_the_story_s() -> None:
    story = {"uri": "x:\x00", "people": [{"uri": "y:\x00"}], "urgency": 3, "by": None, "extra": {"flag": True}}
    cleaned = {"uri": "x:\x00", "people": [{"uri": "y:"}], "urgency": 3, "by": None, "extra": {"flag": True}}
    assert without_controls(story) == cleaned


def test_most_stories_are_not_walked() -> None:
    assert not may_hold_controls('{"a":"Œuvre \\"б\\" \\n\\t \\\\ 日本"}'.encode())


VALUES = st.recursive(
    st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.dictionaries(st.text(), VALUES))
def test_what_is_not_walked_holds_none(story: dict[str, Any]) -> None:
    text = json.dumps(story).encode()
    if not may_hold_controls(text):
        assert without_controls(story) == story
    assert without_controls(without_controls(story)) == without_controls(story)
