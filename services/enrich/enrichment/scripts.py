"""Writing systems: which of them put no space between words, and which have no capitals."""

from __future__ import annotations

import re

CJK = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f"
"""Han and kana, as the inside of a character class. Hangul is not here: Korean puts spaces between words."""

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Thai, Lao, Burmese and Khmer: no spaces between words, and (Thai, Lao) no full stop either."""

MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06ed\u0730-\u074a\u0900-\u0963\u0966-\u0dff\u135d-\u135f\u200c\u200d"
)
"""What stands inside words besides `\\w`, as the inside of a character class: Python's `\\w` ends at a vowel sign."""

CJK_CHARACTER = re.compile(f"[{CJK}]")
UNSPACED_CHARACTER = re.compile(f"[{UNSPACED}]")
DENSE_CHARACTER = re.compile(f"[{CJK}{UNSPACED}]")
_WORD = re.compile(f"[\\w{MARKS}]+(?:['’.-][\\w{MARKS}]+)*")


def spaced_words(text: str) -> list[str]:
    """The words of the scripts that put spaces between them; `don't`, `U.S` and `two-year` are one word each."""
    if DENSE_CHARACTER.search(text):
        text = DENSE_CHARACTER.sub(" ", text)
    return _WORD.findall(text)


def is_caseless(character: str) -> bool:
    """Whether the character is a letter of a script without capitals."""
    return character.isalpha() and character.lower() == character.upper()
