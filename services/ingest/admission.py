"""Admission: a body, whose it is, an id and a time in; an event for articles.raw out, or an error. Pure.

What comes out is canonical: the uri is a URI, HTML is safe, no string breaks a feed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from newswire.article import Article
from newswire.errors import Violation, ViolationError
from newswire.events import ArticleEvent
from services.ingest import markup

if TYPE_CHECKING:
    from services.ingest.credentials import Provider

# A uri is a Kafka key, part of Redis keys and, percent-encoded, of a request line.
MAX_URI_CHARS: Final = 2048
# RFC 3986: a scheme, and only characters that are legal somewhere in a URI, each % with its two digits.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an accepted event gets from us: its id (UUIDv7) and the time of acceptance (RFC 3339, UTC)."""

    id: str
    accepted: str


def admit(article: Article, provider: Provider, stamp: Stamp) -> ArticleEvent:
    """The event of an article that was read from the wire. Raises ViolationError and ForbiddenError."""
    uri = canonical_uri(article.uri, provider.name)
    provider.require(uri)
    if uri != article.uri:
        article = article.model_copy(update={"uri": uri})
    article = markup.sanitise(article)
    _require_text(article)
    return _event(article, provider, stamp)


def kill(uri: str, provider: Provider, stamp: Stamp) -> ArticleEvent:
    """The event that ends a story for good. Raises ViolationError and ForbiddenError."""
    uri = canonical_uri(uri, provider.name)
    provider.require(uri)
    return _event(Article(uri=uri, pub_status="canceled"), provider, stamp)


def canonical_uri(uri: str, provider: str) -> str:
    """The uri as it stands when it is one, else a URN of the provider's. Raises ViolationError."""
    if not uri.strip():
        detail = "blank"
        raise _bad_uri(detail)
    # Before the regular expression and the quoting: both take time and room in proportion.
    if len(uri) <= MAX_URI_CHARS and not _URI.fullmatch(uri):
        uri = f"urn:newswire:{provider}:{quote(uri, safe='')}"
    if len(uri) > MAX_URI_CHARS:
        detail = f"longer than {MAX_URI_CHARS} characters"
        raise _bad_uri(detail)
    return uri


def _bad_uri(detail: str) -> ViolationError:
    return ViolationError(f"the uri is {detail}", (Violation("/uri", detail),))


def _require_text(article: Article) -> None:
    if article.status != "usable" or article.type not in (None, "text"):
        return
    if not any(map(markup.has_text, (article.headlines, article.bodies, article.descriptions))):
        msg = "a usable story of type text needs a headline, a body or a description with text in it"
        raise ViolationError(msg, (Violation("", msg),))


def _event(article: Article, provider: Provider, stamp: Stamp) -> ArticleEvent:
    return ArticleEvent(id=stamp.id, provider=provider.name, accepted=stamp.accepted, article=article)
