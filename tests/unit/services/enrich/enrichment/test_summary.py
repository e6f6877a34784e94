from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.enrichment.openers import is_dangling
from services.enrich.enrichment.sentences import split_sentences
from services.enrich.enrichment.summary import (
    SUMMARY_LIMIT,
    is_balanced,
    leading_sentences,
    may_stand_alone,
    summarise,
)
from tests.unit.services.enrich.enrichment.naughty import naughty_text

LEAD = "The harbour of Porto reopened on Monday after a storm that had shut it for nine days."
QUOTE = "“We have waited for this,” said the mayor, Ana Prado, at the quay."
PRONOUN = "She thanked the crews of the harbour for their work in the storm."
COST = "Repairs to the harbour will cost 4.5 million euros, most of it from the state."
GIANT = "The harbour, " + "which is old and needs repair, " * 12 + "reopened."


def _summarise(*paragraphs: str, headline: str = "Harbour of Porto reopens", language: str = "en") -> str | None:
    return summarise([split_sentences(paragraph, language) for paragraph in paragraphs], [headline], language)


def test_the_lead_comes_first_and_sentences_keep_their_order() -> None:
    summary = _summarise(LEAD, PRONOUN, COST)
    assert summary == f"{LEAD} {COST}"


def test_a_repetition_is_left_out() -> None:
    again = "The harbour of Porto reopened on Monday after the storm that shut it for nine days."
    assert _summarise(LEAD, again) == LEAD


def test_a_brief_is_its_own_summary() -> None:
    assert _summarise(LEAD, headline="") == LEAD


def test_a_flash_has_no_summary() -> None:
    assert summarise([], ["Harbour of Porto open again"], "en") is None


def test_a_giant_sentence_is_not_cut() -> None:
    assert _summarise(GIANT) is None
    assert _summarise(GIANT, COST) == COST


@pytest.mark.parametrize(
    ("language", "text", "summary"),
    [
        (
            "zh",
            "因风暴关闭九天的波尔图港口星期一重新开放。但是道路仍然关闭。修复工程将耗资四百五十万欧元。",
            "因风暴关闭九天的波尔图港口星期一重新开放。修复工程将耗资四百五十万欧元。",
        ),
        (
            "de",
            "Der Hafen von Porto ist nach neun Tagen wieder offen. Er war wegen eines Sturms gesperrt.",
            "Der Hafen von Porto ist nach neun Tagen wieder offen.",
        ),
        (
            "fr",
            "Le port de Porto a rouvert lundi après une tempête. Cependant, la route côtière reste fermée.",
            "Le port de Porto a rouvert lundi après une tempête.",
        ),
        ("hi", "बंदरगाह नौ दिन बाद सोमवार को फिर खुल गया। लेकिन सड़क बंद है।", "बंदरगाह नौ दिन बाद सोमवार को फिर खुल गया।"),
        ("th", "ท่าเรือปอร์โตเปิดอีกครั้งเมื่อวันจันทร์หลังพายุ", "ท่าเรือปอร์โตเปิดอีกครั้งเมื่อวันจันทร์หลังพายุ"),
    ],
)
def test_languages(language: str, text: str, summary: str) -> None:
    assert _summarise(text, headline="", language=language) == summary


@pytest.mark.parametrize(
    "sentence",
    [
        "But the harbour stayed shut for another nine days.",
        "“We have waited for this, said the mayor at the quay.",
        "The harbour (which is old reopened on Monday.",
        "PORTO (HNW) — The harbour reopened on Monday after a storm.",
        "The harbour reopened on Monday after…",
        "The harbour reopened on Monday after a storm",
        "and the harbour reopened on Monday after a storm.",
        "Read more at https://news.example/harbour today.",
        "Subscribe to our newsletter for the news of the coast.",
        "It did.",
        "x" * 300 + ".",
    ],
)
def test_what_may_not_stand_alone(sentence: str) -> None:
    assert not may_stand_alone(sentence, "en")


@pytest.mark.parametrize(
    "sentence",
    [
        'The "old" port.',
        "Das „alte“ Tor.",
        "Das „alte” Tor.",
        "Le « vieux » port.",
        "Den ”gamla” hamnen.",
        "「港」。",
        "It’s (so) old.",
    ],
)
def test_balanced(sentence: str) -> None:
    assert is_balanced(sentence)


@pytest.mark.parametrize(
    "sentence", ['The "old port.', "“The old port.", "The old port.”", "« Le port.", "(The", "「港。"]
)
def test_unbalanced(sentence: str) -> None:
    assert not is_balanced(sentence)


def test_leading_sentences_fit() -> None:
    assert leading_sentences([LEAD, QUOTE]) == f"{LEAD} {QUOTE}"
    assert leading_sentences([GIANT, LEAD]) == ""


@given(st.lists(naughty_text, max_size=8), naughty_text, st.sampled_from((None, "en", "de", "zh")))
def test_rules_of_the_wire(paragraphs: list[str], headline: str, language: str | None) -> None:
    split = [split_sentences(" ".join(paragraph.split()), language) for paragraph in paragraphs]
    summary = summarise(split, [headline], language)
    if summary is None:
        return
    assert 0 < len(summary) <= SUMMARY_LIMIT
    assert is_balanced(summary)
    assert not is_dangling(summary, language)
    rest = summary
    for sentence in (sentence for paragraph in split for sentence in paragraph):
        rest = rest.removeprefix(sentence).lstrip() if rest.startswith(sentence) else rest
    assert not rest
