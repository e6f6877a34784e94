"""How long a story is: words, and the minutes that reading them takes.

238 words a minute is the mean of silent English reading over 190 studies (Brysbaert, Journal of Memory and Language
109, 2019); 500 characters a minute is what readers of Chinese and Japanese do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.enrich.enrichment.scripts import CJK_CHARACTER, UNSPACED_CHARACTER, spaced_words

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS_PER_MINUTE = 238
CJK_CHARACTERS_PER_MINUTE = 500
# Thai, Lao, Burmese and Khmer: the mean length of a word, for want of spaces to count.
_UNSPACED_CHARACTERS_PER_WORD = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """`word_count`: a Han or kana character counts as one, as word processors do it. `minutes` is rounded up."""

    word_count: int
    minutes: int


def measure(paragraphs: Sequence[str]) -> Reading | None:
    """The story's length; None without text."""
    text = "\n".join(paragraphs)
    characters = len(CJK_CHARACTER.findall(text))
    words = len(spaced_words(text)) + math.ceil(len(UNSPACED_CHARACTER.findall(text)) / _UNSPACED_CHARACTERS_PER_WORD)
    if not words + characters:
        return None
    minutes = words / WORDS_PER_MINUTE + characters / CJK_CHARACTERS_PER_MINUTE
    return Reading(words + characters, max(1, math.ceil(minutes)))
