"""A story's summary: one to three of its own sentences, whole, in their order, at most 280 characters together.

A sentence scores by where it stands, by how much of the whole story it shares (the centroid), and by how much of the
headline; of its score it loses the share that a sentence already taken has said. Learned rankers did not beat this on
news. On top come the rules of the wire, which exclude: see `may_stand_alone`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from services.enrich.enrichment.dateline import strip_dateline
from services.enrich.enrichment.furniture import is_furniture, is_prose
from services.enrich.enrichment.openers import is_dangling, leans_back
from services.enrich.enrichment.scripts import DENSE_CHARACTER, UNSPACED_CHARACTER, is_caseless, spaced_words
from services.enrich.enrichment.sentences import TERMINATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MODEL = "extractive/1"

SUMMARY_LIMIT = 280
"""Characters, spaces included: what a feed's card, a push message and a post have room for."""
SENTENCES_LIMIT = 3

_SHORTEST = 25
_SHORTEST_DENSE = 10
_POSITION_WEIGHT = 1.0
_CENTROID_WEIGHT = 0.5
_HEADLINE_WEIGHT = 0.4
_DECAY = 0.35
_LEANING_PENALTY = 0.25
_QUOTE_PENALTY = 0.2
_LEAST_GAIN = 0.4
# In scripts with capitals, shorter words carry little: it spares a list of stop words a language.
_SHORTEST_TERM = 4

_LINK = re.compile(r"https?://|www\.|\S@\S{1,60}\.\w")
_PAIRS = (("(", ")"), ("[", "]"), ("（", "）"), ("【", "】"), ("「", "」"), ("『", "』"), ("《", "》"))
_OPENING_QUOTES = "\"“„«»「『‚‘'”"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may stand in a summary, with its place in the story and its terms."""

    position: int
    text: str
    score: float
    terms: frozenset[str]


def summarise(paragraphs: Sequence[Sequence[str]], headlines: Iterable[str], language: str | None) -> str | None:
    """The summary of a story whose paragraphs are split into sentences.

    None if no sentence may stand: a flash without a body; a body whose every sentence is over 280 characters, since
    half a sentence can say the opposite of the whole. A list then shows the headline alone. A brief of one sentence
    is its own summary.
    """
    sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
    candidates = _rate(sentences, " ".join(headlines), language)
    chosen = _choose(candidates)
    return _join([candidate.text for candidate in sorted(chosen, key=lambda candidate: candidate.position)]) or None


def may_stand_alone(sentence: str, language: str | None) -> bool:
    """The wire's rules: whole, short, no dangling opener, quotes and brackets closed, no dateline or furniture."""
    return (
        _has_length(sentence)
        and _is_whole(sentence)
        and is_balanced(sentence)
        and not is_dangling(sentence, language)
        and not _LINK.search(sentence)
        and not is_furniture(sentence)
        and strip_dateline(sentence) == sentence
    )


def is_balanced(sentence: str) -> bool:
    """Whether every quote and bracket that is opened is closed, in any of the customs of Europe and East Asia."""
    if sentence.count('"') % 2 or any(sentence.count(start) != sentence.count(end) for start, end in _PAIRS):
        return False
    low, left, right = (sentence.count(quote) for quote in "„“”")
    curly = left + right == low if low else left == right or (not left and right % 2 == 0)
    return curly and sentence.count("«") == sentence.count("»") and sentence.count("‹") == sentence.count("›")


def leading_sentences(sentences: Sequence[str]) -> str:
    """As many whole sentences from the beginning as 280 characters hold; empty if not even one fits."""
    kept: list[str] = []
    for sentence in sentences[:SENTENCES_LIMIT]:
        if len(_join([*kept, sentence])) > SUMMARY_LIMIT:
            break
        kept.append(sentence)
    return _join(kept)


def _has_length(sentence: str) -> bool:
    shortest = _SHORTEST_DENSE if DENSE_CHARACTER.search(sentence) else _SHORTEST
    return shortest <= len(sentence) <= SUMMARY_LIMIT


def _is_whole(sentence: str) -> bool:
    first = sentence.lstrip(_OPENING_QUOTES + "([¿¡（【")[:1]
    begins = first.isupper() or first.isdigit() or is_caseless(first) or first in "$€£¥₹#"
    ends = bool(TERMINATED.search(sentence)) or bool(UNSPACED_CHARACTER.search(sentence[-1:]))
    # "…" is where something was left out, and "..." a text that was cut.
    return bool(first) and begins and ends and is_prose(sentence) and not sentence.endswith(("…", ".."))


def _rate(sentences: Sequence[str], headline: str, language: str | None) -> list[Candidate]:
    story = _Story([frozenset(_terms(sentence)) for sentence in sentences], frozenset(_terms(headline)))
    return [
        Candidate(place, text, story.score(place) - _penalty(text, place, language), story.terms[place])
        for place, text in enumerate(sentences)
        if may_stand_alone(text, language)
    ]


class _Story:
    """The terms of a story: of each sentence, of the headline, and how many sentences have each."""

    def __init__(self, terms: list[frozenset[str]], headline: frozenset[str]) -> None:
        self.terms = terms
        self.headline = headline
        self.spread = Counter(term for own in terms for term in own)
        self.norm = math.sqrt(sum(count * count for count in self.spread.values())) or 1.0

    def score(self, place: int) -> float:
        """Position + centroid (the cosine with the whole story) + the share of the headline that is said."""
        terms = self.terms[place]
        if not terms:
            return 0.0
        centroid = sum(self.spread[term] for term in terms) / (self.norm * math.sqrt(len(terms)))
        overlap = len(terms & self.headline) / len(self.headline) if self.headline else 0.0
        return _POSITION_WEIGHT / (1 + _DECAY * place) + _CENTROID_WEIGHT * centroid + _HEADLINE_WEIGHT * overlap


def _penalty(text: str, place: int, language: str | None) -> float:
    leaning = _LEANING_PENALTY if place and leans_back(text, language) else 0.0
    return leaning + (_QUOTE_PENALTY if text[0] in _OPENING_QUOTES else 0.0)


def _choose(candidates: Sequence[Candidate]) -> list[Candidate]:
    chosen: list[Candidate] = []
    room = SUMMARY_LIMIT
    while len(chosen) < SENTENCES_LIMIT:
        fitting = [candidate for candidate in candidates if candidate not in chosen and len(candidate.text) <= room]
        best = max(fitting, key=lambda candidate: _gain(candidate, chosen), default=None)
        if best is None or (chosen and _gain(best, chosen) < _LEAST_GAIN):
            break
        chosen.append(best)
        room -= len(best.text) + 1
    return chosen


def _gain(candidate: Candidate, chosen: Sequence[Candidate]) -> float:
    repeated = max((_similarity(candidate.terms, other.terms) for other in chosen), default=0.0)
    return candidate.score * (1 - repeated)


def _similarity(terms: frozenset[str], others: frozenset[str]) -> float:
    return len(terms & others) / math.sqrt(len(terms) * len(others)) if terms and others else 0.0


def _terms(text: str) -> list[str]:
    words = [word.casefold() for word in spaced_words(text)]
    long = [word for word in words if len(word) >= _SHORTEST_TERM or word.isdigit()]
    dense = DENSE_CHARACTER.findall(text)
    return long + [first + second for first, second in pairwise(dense)]


def _join(sentences: Sequence[str]) -> str:
    """Sentences as they follow each other in print: without a space where the script has none."""
    text = ""
    for sentence in sentences:
        text += sentence if not text or text[-1] in "。！？」』" else " " + sentence
    return text
