"""What the provider says of a story: its abstract, and its people, organisations, places and subjects as tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from newswire.events import Tag
from services.enrich.enrichment import markup
from services.enrich.enrichment.clean import fold, tidy
from services.enrich.enrichment.furniture import is_furniture
from services.enrich.enrichment.sentences import split_sentences
from services.enrich.enrichment.summary import leading_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from newswire.article import Article, Concept

TagKind = Literal["person", "organisation", "place", "topic", "keyword"]

CREATOR = "provider"
MEDIA_TOPIC = "http://cv.iptc.org/newscodes/mediatopic/"
ABSTRACT_LIMIT = 10_000
"""Characters of a description that are read."""

_ABSTRACTS = frozenset({"", "summary", "abstract", "description"})
_MEDIA_TOPIC = re.compile(r"(?:https?://cv\.iptc\.org/newscodes/mediatopic/|medtop:)(\d{8})/?", re.IGNORECASE)
# How feeds show that they cut a text: "…", "[...]", "(more)".
_CUT = re.compile(r"(?:…|\.\.\.|\[(?:…|\.\.\.|&hellip;)\]|\((?:more|continued)\))\s*$", re.IGNORECASE)


def provided_summary(article: Article) -> str | None:
    """The provider's own abstract, without tags: its leading whole sentences within 280 characters.

    Not taken: an abstract that repeats the headline, is furniture, or was cut before its first sentence ended.
    """
    headlines = {fold(headline.value) for headline in article.headlines or ()}
    for description in article.descriptions or ():
        text = tidy(markup.plain(description.value, ABSTRACT_LIMIT))
        is_abstract = (description.role or "").strip().lower() in _ABSTRACTS
        if is_abstract and text and fold(text) not in headlines and not is_furniture(text):
            summary = _fit(text, article.language)
            if summary:
                return summary
    return None


def provided_tags(article: Article) -> tuple[Tag, ...]:
    """An editor's tags, each once: the first of those that share a kind and a name or a URI."""
    seen: set[tuple[str, str]] = set()
    tags = []
    for tag in _tags(article):
        keys = {(tag.kind, text) for text in (tag.name.casefold(), tag.uri) if text}
        if seen.isdisjoint(keys):
            tags.append(tag)
        seen |= keys
    return tuple(tags)


def media_topic(concept: Concept) -> str | None:
    """The full URI of the IPTC Media Topic that a concept names by URI, QCode (`medtop:…`) or literal."""
    for text in (concept.uri, concept.literal):
        match = _MEDIA_TOPIC.fullmatch((text or "").strip())
        if match:
            return MEDIA_TOPIC + match[1]
    return None


def _fit(text: str, language: str | None) -> str:
    sentences = split_sentences(text, language)
    if _CUT.search(sentences[-1]):
        sentences.pop()
    return leading_sentences(sentences)


def _tags(article: Article) -> Iterator[Tag]:
    yield from _named("person", article.people or ())
    yield from _named("organisation", article.organisations or ())
    yield from _named("place", article.places or ())
    for subject in article.subjects or ():
        name = tidy(subject.name or "")
        uri = media_topic(subject)
        if name:
            kind: TagKind = "keyword" if uri is None else "topic"
            yield Tag(kind=kind, name=name, uri=uri or subject.uri, score=1.0, creator=CREATOR)


def _named(kind: TagKind, concepts: Iterable[Concept]) -> Iterator[Tag]:
    for concept in concepts:
        name = tidy(concept.name or "")
        if name:
            yield Tag(kind=kind, name=name, uri=concept.uri, score=1.0, creator=CREATOR)
