from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newswire.article import Body
from services.enrich.enrichment.clean import clean, fold, tidy
from tests.unit.services.enrich.enrichment.naughty import naughty_text

FIRST = "The harbour of Porto reopened on Monday after a storm that had shut it for nine days."
SECOND = "Fishing boats left before dawn, and the ferry to the islands sailed at noon with 300 people aboard."
THIRD = "The mayor, Ana Prado, said repairs would cost 4.5 million euros."


def _clean(value: str, *headlines: str, content_type: str | None = None) -> tuple[str, ...]:
    return clean((Body(value=value, content_type=content_type),), headlines)


def test_markup_becomes_paragraphs() -> None:
    assert _clean(f"<p>{FIRST}</p><p>{SECOND}</p>") == (FIRST, SECOND)


def test_blank_lines_part_paragraphs() -> None:
    assert _clean(f"{FIRST}\n\n{SECOND}\r\n \r\n{THIRD}") == (FIRST, SECOND, THIRD)


def test_without_blank_lines_every_line_is_a_paragraph() -> None:
    assert _clean(f"{FIRST}\n{SECOND}\n{THIRD}") == (FIRST, SECOND, THIRD)


def test_wrapped_lines_are_joined() -> None:
    wrapped = "The harbour of Porto reopened on Monday after a\nstorm that had shut it for nine days."
    assert _clean(f"{wrapped}\n\n{SECOND}", content_type="text/plain") == (FIRST, SECOND)


def test_entities_are_decoded_in_text_of_unknown_type() -> None:
    assert _clean("Fish &amp; chips cost more than ever.\n\nPrices doubled in a year.") == (
        "Fish & chips cost more than ever.",
        "Prices doubled in a year.",
    )


def test_a_page_in_text_is_cut_down_to_its_story() -> None:
    page = f"""
Latest news

Harbour of Porto open again

By Jane Roe

3 min read

PORTO, Portugal (HNW) — {FIRST}

Read more: Storm closes coast road

{SECOND}

Photo: Jane Roe

{THIRD}

Storm: the coast road stays shut
The coast road will not open before May, people at the ministry told our reporters.
Article image
Avatar
Jane Roe

Reporter

Jane Roe is a reporter for Harbour News. She grew up on the islands.

Show more

Another story of the day begins here and is about bread."""
    assert _clean(page, "Harbour of Porto open again") == (FIRST, SECOND, THIRD)


def test_a_biography_at_the_end_goes_with_the_name_above_it() -> None:
    biography = "Jane Roe is a senior editor at Harbour News."
    assert _clean(f"{FIRST}\n\n{SECOND}\n\nJane Roe\n\nEditor\n\n{biography}") == (FIRST, SECOND)


def test_a_journalist_whom_the_story_is_about_stays() -> None:
    arrested = "Police in Porto arrested the journalist Jane Roe on Monday in front of the harbour."
    background = "Jane Roe is a reporter for Harbour News."
    assert _clean(f"{arrested}\n\n{SECOND}\n\n{background}") == (arrested, SECOND, background)


def test_blocks_of_links_go() -> None:
    assert _clean(f"<p>{FIRST}</p><p><a href='/x'>Ferry runs aground off the coast</a></p><p>{SECOND}</p>") == (
        FIRST,
        SECOND,
    )


def test_a_brief_without_a_sentence_is_left() -> None:
    assert _clean("HARBOUR OF PORTO OPEN AGAIN - MAYOR") == ("HARBOUR OF PORTO OPEN AGAIN - MAYOR",)


def test_of_several_forms_the_fullest_is_taken() -> None:
    bodies = (Body(role="teaser", value=FIRST * 9), Body(value=FIRST), Body(value=f"<p>{FIRST}</p><p>{SECOND}</p>"))
    assert clean(bodies) == (FIRST, SECOND)
    assert clean(bodies[:1]) != ()


def test_no_bodies_no_paragraphs() -> None:
    assert clean(()) == ()


def test_what_turns_text_around_is_dropped() -> None:
    assert tidy("a\u202eb\u200b\x00 \u00a0c\ufeff") == "ab c"
    assert fold("«Harbour open!»") == "harbour open"


def test_marks_are_bounded_before_they_are_sorted() -> None:
    assert len(tidy("e" + "\u0315\u0300" * 500_000)) < 100


@given(naughty_text, naughty_text, st.sampled_from((None, "text/html", "text/plain")))
def test_paragraphs_are_tidy(value: str, headline: str, content_type: str | None) -> None:
    for paragraph in _clean(value, headline, content_type=content_type):
        assert paragraph
        assert paragraph == " ".join(paragraph.split())
