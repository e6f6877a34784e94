"""The bodies of a story -> its paragraphs, without what the page or the wire put around them.

The rules, in order: a block of links or a line that is furniture by its form goes; a card (title, teaser, picture)
of another story goes; the story ends where the page begins to show other things, or with its author's biography;
lines before the first sentence (section, byline, the headline again) go; the dateline comes off the first paragraph.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING

from services.enrich.enrichment import furniture, markup
from services.enrich.enrichment.dateline import strip_dateline
from services.enrich.enrichment.sentences import TERMINATED
from services.enrich.enrichment.wordlists import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newswire.article import Body

TEXT_LIMIT = 100_000
"""Characters that are read, of the first three bodies together."""
BODIES_LIMIT = 3

_NOT_THE_STORY = listed("""
    teaser, summary, abstract, caption, note, correction, headline, byline, dateline, trailer
""")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls, the byte order mark, soft hyphens and zero-width spaces; and the characters that override the direction
# of text, with which a story could make the page around it read backwards. ZWJ and ZWNJ are letters' business: kept.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
# Normalising sorts the marks on one letter in the square of their number: a megabyte of them would take hours.
_MARKS = re.compile(r"([^\w\s\x00-\x7f]{64})[^\w\s\x00-\x7f]+")
_LONGEST_WRAPPED_LINE = 100
_SHORTEST_WRAPPED_LINE = 40
_FULL = 0.6
_LINKED = 0.9
_PARAGRAPHS_BEFORE_BIOGRAPHY = 2
_LINES_OF_BIOGRAPHY = 3


def clean(bodies: Sequence[Body], headlines: Iterable[str] = ()) -> tuple[str, ...]:
    """The paragraphs of the body that has most of them; bodies are taken for forms of one text, not for its parts."""
    stories = [body for body in bodies if (body.role or "").lower() not in _NOT_THE_STORY]
    titles = frozenset(fold(headline) for headline in headlines)
    read = (stories or bodies)[:BODIES_LIMIT]
    cleaned = [_clean_body(body, titles, TEXT_LIMIT // len(read)) for body in read]
    return max(cleaned, key=lambda paragraphs: sum(map(len, paragraphs)), default=())


def fold(line: str) -> str:
    """A line as it is compared: without case, punctuation and spaces at its ends."""
    return tidy(line).casefold().strip(" .!?…:;\"'“”‘’«»")


def tidy(text: str) -> str:
    """One line, NFC, single spaces, nothing invisible."""
    if not (text.isascii() and text.isprintable()):
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", _MARKS.sub(r"\1", text)))
    return " ".join(text.split())


def _clean_body(body: Body, titles: frozenset[str], limit: int) -> tuple[str, ...]:
    lines = [line for line in map(tidy, _read_lines(body, limit)) if line and fold(line) not in titles]
    lines = _end_at_page(_drop_cards(lines))
    lines = _end_at_biography([line for line in lines if not furniture.is_furniture(line)])
    lines = _drop_head(lines)
    return (strip_dateline(lines[0]), *lines[1:]) if lines else ()


def _read_lines(body: Body, limit: int) -> list[str]:
    kind = (body.content_type or "").lower()
    if "html" in kind or "xml" in kind or (not kind and markup.is_markup(body.value)):
        blocks = markup.read_blocks(body.value, limit)
        return [
            line
            for block in blocks
            if block.linked < _LINKED or furniture.is_prose(block.text)
            for line in _split_plain(block.text)
        ]
    text = body.value[:limit]
    return _split_plain(text if kind else html.unescape(text))


def _split_plain(text: str) -> list[str]:
    text = _LINE_END.sub("\n", text)
    groups = _BLANK_LINE.split(text)
    return [line for group in groups for line in _split_group(group.strip())]


def _split_group(group: str) -> list[str]:
    lines = [line.strip() for line in group.split("\n")]
    return [" ".join(lines)] if _is_wrapped(lines) else lines


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether a program broke one paragraph into lines: of a length but the last, few ending a sentence."""
    if len(lines) == 1:
        return True
    widest = max(map(len, lines))
    if not _SHORTEST_WRAPPED_LINE <= widest <= _LONGEST_WRAPPED_LINE:
        return False
    full = all(len(line) >= widest * _FULL for line in lines[:-1])
    ended = sum(bool(TERMINATED.search(line)) for line in lines[:-1])
    return full and ended * 2 < len(lines) - 1


def _drop_cards(lines: Sequence[str]) -> list[str]:
    """Without title, teaser and picture of other stories, which stand in this order once a page is text."""
    kept: list[str] = []
    for line in lines:
        is_card = furniture.is_picture_label(line) and len(kept) > 2  # noqa: PLR2004 - a lead before title and teaser
        if is_card and furniture.is_prose(kept[-1]) and furniture.is_title(kept[-2]):
            del kept[-2:]
        kept.append(line)
    return kept


def _end_at_page(lines: Sequence[str]) -> list[str]:
    has_begun = False
    for position, line in enumerate(lines):
        if has_begun and furniture.ends_story(line):
            return list(lines[:position])
        has_begun = has_begun or furniture.is_prose(line)
    return list(lines)


def _end_at_biography(lines: list[str]) -> list[str]:
    """Without an author's biography at the end, and the name and the job above it.

    A biography has the form of one and introduces a name that the story did not have: a journalist whom the story is
    about has been named before its last lines.
    """
    for position in range(max(1, len(lines) - _LINES_OF_BIOGRAPHY), len(lines)):
        name = furniture.biography_name(lines[position])
        before = [line for line in lines[:position] if furniture.is_prose(line)]
        if name is None or len(before) < _PARAGRAPHS_BEFORE_BIOGRAPHY:
            continue
        if not any(name.split()[-1] in line for line in before):
            return _drop_tail(lines[:position])
    return lines


def _drop_tail(lines: list[str]) -> list[str]:
    while lines and not furniture.is_prose(lines[-1]):
        lines.pop()
    return lines


def _drop_head(lines: list[str]) -> list[str]:
    """Without the lines before the first sentence; a brief that has no sentence is left whole."""
    for position, line in enumerate(lines):
        if furniture.is_prose(line):
            return lines[position:]
    return lines
