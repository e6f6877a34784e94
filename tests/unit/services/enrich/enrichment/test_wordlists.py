from __future__ import annotations

import re

from services.enrich.enrichment.wordlists import any_of, listed


def test_entries_are_parted_by_commas_and_lines() -> None:
    assert listed("""
        one, two words,
        three
    """) == {"one", "two words", "three"}


def test_the_longest_entry_matches_first() -> None:
    match = re.match(any_of("read, read more, a.b"), "read more of this")
    assert match is not None
    assert match[0] == "read more"
