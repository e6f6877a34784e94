"""RSS 2.0: each item of a channel is a story; also 0.91 and 0.92, which RSS 2.0 includes.

Source: the RSS 2.0 specification of the RSS Advisory Board, with the extensions of `syndication`. The channel's own
title, links and picture say who sends, not what: of it only the language and the rights reach its items.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from newswire.errors import Violation, ViolationError
from services.ingest.formats.draft import Draft
from services.ingest.formats.element import (
    WHITE,
    child,
    language_of,
    local,
    name,
    raw_text,
    resolved,
    squeezed,
    text_of,
)
from services.ingest.formats.fragment import inner_html, is_marked_up, unescaped
from services.ingest.formats.index import Index
from services.ingest.formats.media import add_enclosure, read_media
from services.ingest.formats.outcome import outcomes
from services.ingest.formats.syndication import (
    CONTENT,
    DC,
    TERMS,
    add_author,
    add_category,
    add_text,
    date_in,
    read_extensions,
    read_modified,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from newswire.article import Article
    from services.ingest.formats.element import Element
    from services.ingest.formats.outcome import Outcome

_XHTML: Final = "http://www.w3.org/1999/xhtml"
_ENCODED: Final = (CONTENT, "encoded")
_XHTML_BODY: Final = (_XHTML, "body")
_PUBLISHED: Final = (("", "pubDate"), (TERMS, "issued"), (DC, "date"), (TERMS, "date"))
# The form that the specification shows: `jane@courier.example (Jane Roe)`.
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\s*\(([^()]+)\)")


def parse_all(root: Element) -> tuple[Outcome, ...]:
    """The items of the channel, in their order. Raises ViolationError and TooLargeError."""
    channel = child(root, "channel")
    if channel is None:
        msg = "an RSS document without a channel"
        raise ViolationError(msg, (Violation("/rss/channel", "required"),))
    index = Index()
    return outcomes(index.each(channel, ("", "item")), lambda item: _story(item, channel, index))


def _story(item: Element, channel: Element, index: Index) -> Article:
    draft = Draft(item)
    for source in index.each(item, ("", "guid"), ("", "link")):
        draft.put("uri", (source.text or "").strip(WHITE), source)
    read_modified(draft, index, item)
    _published(draft, index, item)
    for one in item:
        if reader := _ITEM.get(local(one)) if name(one)[0] == "" else None:
            reader(draft, one)
    _bodies(draft, index, item)
    read_extensions(draft, item, _KNOWN)
    read_media(draft, index, item)
    _inherited(draft, index, (item, channel))
    return draft.article("/guid")


def _published(draft: Draft, index: Index, item: Element) -> None:
    moment, source = date_in(index, item, *_PUBLISHED)
    if draft.has("versionCreated"):
        draft.put("firstCreated", moment, source)
    draft.put("versionCreated", moment, source)


def _bodies(draft: Draft, index: Index, item: Element) -> None:
    for one in index.each(item, _ENCODED, _XHTML_BODY):
        value = inner_html(one) if name(one) == _XHTML_BODY else raw_text(one).strip(WHITE)
        draft.add("bodies", {"contentType": "text/html", "value": value} if value else {}, one)


def _inherited(draft: Draft, index: Index, nested: tuple[Element, Element]) -> None:
    item, channel = nested
    language, source = index.word(channel, ("", "language"), (DC, "language")) or (None, channel)
    draft.put("language", language_of(item) or language, source)
    draft.put("copyrightNotice", *(index.word(channel, ("", "copyright"), (DC, "rights")) or (None, channel)))
    draft.put_byline(item)


def _title(draft: Draft, element: Element) -> None:
    text = raw_text(element)
    if is_marked_up(text):
        draft.add("headlines", {"contentType": "text/html", "value": squeezed(text)}, element)
    elif title := unescaped(text):
        draft.add("headlines", {"value": title}, element)


def _description(draft: Draft, element: Element) -> None:
    add_text(draft, "descriptions", element)


def _author(draft: Draft, element: Element) -> None:
    text = text_of(element)
    address = _ADDRESS.fullmatch(text)
    add_author(draft, [squeezed(address[1]) if address else text], element)
    if address:
        draft.keep("author", text)


def _category(draft: Draft, element: Element) -> None:
    term, domain = unescaped(raw_text(element)), squeezed(element.get("domain"))
    add_category(draft, (term, domain, ""), element)


def _enclosure(draft: Draft, element: Element) -> None:
    if href := resolved(element, (element.get("url") or "").strip(WHITE)):
        add_enclosure(draft, element, href)


def _link(draft: Draft, element: Element) -> None:
    draft.keep("link", resolved(element, (element.text or "").strip(WHITE)))


def _source(draft: Draft, element: Element) -> None:
    source = {"name": text_of(element), "uri": element.get("url"), "role": "source"}
    draft.add("infoSources", source, element)


_ITEM: Final[dict[str, Callable[[Draft, Element], None]]] = {
    "title": _title,
    "description": _description,
    "author": _author,
    "category": _category,
    "enclosure": _enclosure,
    "link": _link,
    "source": _source,
}
_KNOWN: Final = frozenset({("", own) for own in (*_ITEM, "guid")} | {_ENCODED, _XHTML_BODY, *_PUBLISHED})
