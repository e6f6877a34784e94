from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire.cli.changes import describe, title

NOW = datetime(2026, 11, 24, 16, 40, 5, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["value", "x"]), inner),
    max_leaves=5,
)


def test_a_new_story() -> None:
    story = {"headlines": [{"value": "Quay closed"}], "urgency": 2, "provider": "courier"}
    line = describe({"change": 1, "kind": "new", "uri": "x:1", "story": story}, NOW)
    assert click.unstyle(line) == "16:40:05 new      2 Quay closed (courier)"
    assert line != click.unstyle(line)


def test_an_ending() -> None:
    line = describe({"change": 1, "kind": "kill", "uri": "x:1", "story": None}, NOW)
    assert click.unstyle(line) == "16:40:05 kill     - x:1"


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ({"headlines": [{"value": " "}, {"value": "B"}], "bodies": [{"value": "C"}]}, "B"),
        ({"bodies": [{"contentType": "text/html", "value": "<p>One &amp; two. Three.</p>"}]}, "One & two."),
        ({"descriptions": [{"value": "D. E."}], "bodies": [{"value": "F."}]}, "D."),
        ({"enrichment": {"summary": "S. T."}}, "S."),
        ({"headlines": None}, ""),
    ],
)
def test_what_stands_for_a_headline(story: dict[str, Any], expected: str) -> None:
    assert title(story) == expected


def test_a_line_is_one_short_line() -> None:
    story = {"headlines": [{"value": "a\x1b[2J\u202e" + "b" * 500}], "provider": "x\ny"}
    line = click.unstyle(describe({"kind": "new", "uri": "x:1", "story": story}, NOW))
    assert line.isprintable()
    assert len(line) < 150


@given(
    st.dictionaries(st.sampled_from(["kind", "uri", "story"]), JSON),
    st.dictionaries(st.sampled_from(["headlines", "bodies", "urgency", "provider", "enrichment"]), JSON),
)
def test_whatever_comes_is_a_line(change: dict[str, Any], story: dict[str, Any]) -> None:
    assert click.unstyle(describe(change, NOW)).isprintable()
    assert click.unstyle(describe({**change, "story": story}, NOW)).isprintable()
