from __future__ import annotations

import time

import pytest
from hypothesis import given

from services.enrich.enrichment.markup import is_markup, plain, read_blocks
from tests.unit.services.enrich.enrichment.naughty import naughty_text

LIMIT = 100_000


def _texts(markup: str) -> list[str]:
    return [block.text for block in read_blocks(markup, LIMIT)]


def test_blocks_come_in_order() -> None:
    markup = "<h2>Costs</h2><p>One.</p><ul><li>Two</li><li>Three</li></ul><blockquote><p>Four.</p></blockquote>tail"
    assert _texts(markup) == ["Costs", "One.", "Two", "Three", "Four.", "tail"]


def test_inline_elements_do_not_part_words() -> None:
    assert _texts("<p><b>T</b>he  <i>old</i>\n harbour</p>") == ["The old harbour"]


def test_a_line_break_is_a_line() -> None:
    assert _texts("<p>One.<br>Two.</p>") == ["One.\nTwo."]


def test_entities_are_decoded() -> None:
    assert _texts("<p>Fish &amp; chips cost &pound;9 &#8212; again</p>") == ["Fish & chips cost £9 — again"]


@pytest.mark.parametrize(
    "furniture",
    [
        "<script>let a = '<p>No.</p>'</script>",
        "<style>p { color: red }</style>",
        "<nav><a href='/'>Home</a></nav>",
        "<figure><img src='x'><figcaption>A bridge. Jane Roe</figcaption></figure>",
        "<aside><p>Other news.</p></aside>",
        "<p hidden>Not shown.</p>",
        "<div class='story-foot related'><p>Other news.</p></div>",
        "<template><p>Later.</p></template>",
        "<!-- a comment -->",
    ],
)
def test_what_is_not_text_is_left_out(furniture: str) -> None:
    assert _texts(f"<p>Before.</p>{furniture}<p>After.</p>") == ["Before.", "After."]


def test_the_share_of_links_is_known() -> None:
    linked, free = read_blocks("<p><a href='/x'>Another story</a></p><p>Own text</p>", LIMIT)
    assert (linked.linked, free.linked) == (1.0, 0.0)


def test_a_picture_in_the_markup_does_not_use_up_the_limit() -> None:
    markup = f"<p><img src='data:image/png;base64,{'A' * 200_000}'>The bridge is open.</p>"
    assert _texts(markup) == ["The bridge is open."]


def test_markup_is_told_by_its_tags() -> None:
    assert is_markup("<p>One.</p>")
    assert not is_markup("a < b, b > c and AT&amp;T")


def test_plain_drops_tags_and_entities() -> None:
    assert plain("<p>One &amp; <b>two</b></p>", LIMIT) == "One & two"
    assert plain("One &amp; two", LIMIT) == "One & two"


@pytest.mark.parametrize("unit", ["<div>", "<b>", "<p><b>", "<table><tr><td>", "<svg><a>", "<", "&", "<p a b=c d='"])
def test_hostile_nesting_is_bounded(unit: str) -> None:
    start = time.process_time()
    read_blocks(unit * (1_000_000 // len(unit)), LIMIT)
    assert time.process_time() - start < 3


@given(naughty_text)
def test_nothing_raises(text: str) -> None:
    assert all(0 <= block.linked <= 1 and block.text for block in read_blocks(text, LIMIT))
