from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.enrichment.reading import Reading, measure
from tests.unit.services.enrich.enrichment.naughty import naughty_text


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("word", Reading(1, 1)),
        ("word " * 238, Reading(238, 1)),
        ("word " * 239, Reading(239, 2)),
        ("港" * 500, Reading(500, 1)),
        ("港" * 501, Reading(501, 2)),
        ("항구가 다시 열렸다.", Reading(3, 1)),
        ("ท่าเรือเปิดอีกครั้ง", Reading(4, 1)),
    ],
)
def test_length(text: str, reading: Reading) -> None:
    assert measure([text]) == reading


def test_no_text_no_reading() -> None:
    assert measure([]) is None
    assert measure(["— … !"]) is None


@given(st.lists(naughty_text))
def test_at_least_a_minute(paragraphs: list[str]) -> None:
    reading = measure(paragraphs)
    assert reading is None or (reading.minutes >= 1 and reading.word_count >= 1)
