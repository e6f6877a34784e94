from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire.cli.stories import Story, split

A, B = {"uri": "x:1", "by": "б"}, {"uri": "x:2"}


@pytest.mark.parametrize(
    ("text", "uris"),
    [
        (json.dumps(A, indent=2), ["x:1"]),
        ("\ufeff" + json.dumps(A), ["x:1"]),
        (json.dumps([A, B]), ["x:1", "x:2"]),
        (f"{json.dumps(A)}\n\n{json.dumps(B)}\r\n", ["x:1", "x:2"]),
        (f"{json.dumps(A)}\nnonsense\n{json.dumps(B)}", ["x:1", None, "x:2"]),
        ("", []),
        ("\n \n", []),
        ("[]", []),
        ("[1, {}]", [None, None]),
        ('{"uri": 1}', [None]),
        ('{"guid": "x:2", "uri": "x:1"}', ["x:2"]),
        ('\x1e{"uri":"x:1"}\n\x1e\n\x1e{"uri":"x:2"}\n', ["x:1", "x:2"]),
        ("nonsense", [None]),
        ("[" * 100_000, [None]),
        ('{"uri":"x:1","by":"a\u2028b"}\n{"uri":"x:2"}', ["x:1", "x:2"]),
    ],
)
def test_forms_of_a_file(text: str, uris: list[str | None]) -> None:
    assert [story.uri for story in split(text.encode())] == uris


def test_a_story_is_sent_as_it_stands() -> None:
    text = b'{"uri": "x:1",  "uri": "x:2"}'
    assert split(text) == [Story(text, "x:2")]
    assert split(b"[ " + text + b" ,\n{}\t]") == [Story(text, "x:2", "story 1"), Story(b"{}", None, "story 2")]


def test_each_story_has_its_place() -> None:
    assert [story.place for story in split(b"{}", "a.json")] == ["a.json"]
    assert [story.place for story in split(b"nonsense", "a.json")] == ["a.json"]
    assert [story.place for story in split(b"[{}, {}]", "a.json")] == ["a.json, story 1", "a.json, story 2"]
    assert [story.place for story in split(b"\n{}\n\n{}\n", "a.ndjson")] == ["a.ndjson, line 2", "a.ndjson, line 4"]


@given(st.binary(max_size=100))
def test_any_bytes_are_split(text: bytes) -> None:
    assert all(story.text for story in split(text))


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3)), max_size=4))
def test_the_forms_agree(items: list[dict[str, str]]) -> None:
    lines = split("\n".join(json.dumps(item) for item in items).encode())
    array = split(json.dumps(items).encode())
    assert [json.loads(story.text) for story in lines] == [json.loads(story.text) for story in array] == items
