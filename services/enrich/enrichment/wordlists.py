"""How the tables of words in this folder are written: entries parted by commas and line ends."""

from __future__ import annotations

import re

_PARTING = re.compile(r"\s*[,\n]\s*")


def listed(table: str) -> frozenset[str]:
    """The entries of a table."""
    return frozenset(entry for entry in _PARTING.split(table.strip()) if entry)


def any_of(table: str) -> str:
    """A regular expression for any entry of a table, the longest first."""
    return "|".join(re.escape(entry) for entry in sorted(listed(table), key=lambda entry: (-len(entry), entry)))
