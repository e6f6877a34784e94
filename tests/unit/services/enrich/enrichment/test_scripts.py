from __future__ import annotations

from services.enrich.enrichment.scripts import is_caseless, spaced_words


def test_words_keep_their_apostrophes_hyphens_and_inner_stops() -> None:
    assert spaced_words("The U.S. team doesn't like two-year deals.") == [
        "The", "U.S", "team", "doesn't", "like", "two-year", "deals",
    ]  # fmt: skip


def test_scripts_without_spaces_have_no_spaced_words() -> None:
    assert spaced_words("预算案通过 GDP ประเทศไทย") == ["GDP"]


def test_vowel_signs_do_not_end_words() -> None:
    assert spaced_words("लेकिन बंदरगाह बंद है।") == ["लेकिन", "बंदरगाह", "बंद", "है"]


def test_letters_without_capitals() -> None:
    assert is_caseless("ح")
    assert is_caseless("政")
    assert not is_caseless("é")
    assert not is_caseless("7")
