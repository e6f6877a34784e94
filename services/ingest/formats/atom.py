"""Atom: each entry of a feed is a story, also one that stands alone; a deleted entry is a kill.

Source: RFC 4287, RFC 6721 (tombstones), RFC 5829 (links to versions), with the extensions of `syndication`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.ingest.formats.draft import Draft
from services.ingest.formats.element import (
    WHITE,
    as_json,
    child,
    language_of,
    local,
    name,
    raw_text,
    resolved,
    squeezed,
    text_of,
)
from services.ingest.formats.fragment import inner_html, unescaped
from services.ingest.formats.index import Index
from services.ingest.formats.media import add_enclosure, read_media
from services.ingest.formats.outcome import outcomes
from services.ingest.formats.syndication import (
    ATOM,
    add_author,
    add_category,
    date_in,
    read_extensions,
    read_modified,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from newswire.article import Article
    from services.ingest.formats.element import Element
    from services.ingest.formats.outcome import Outcome

    Reader = Callable[[Draft, Element], None]

NAMESPACE: Final = ATOM
TOMBSTONE: Final = ("http://purl.org/atompub/tombstones/1.0", "deleted-entry")
_ENTRY: Final = (ATOM, "entry")
_HTML: Final = "text/html"
_PLAIN: Final = "text/plain"
_EARLIER: Final = "predecessor-version"


def parse(root: Element) -> Article:
    """The story of an entry. Raises ViolationError and TooLargeError."""
    return _story(root, Index())


def parse_all(root: Element) -> tuple[Outcome, ...]:
    """The entries of a feed, in their order, a kill for each deleted one. Raises TooLargeError."""
    index = Index()
    entries = (one for one in root if name(one) in (_ENTRY, TOMBSTONE))
    return outcomes(entries, lambda entry: _kill(entry) if name(entry) == TOMBSTONE else _story(entry, index))


def _story(root: Element, index: Index) -> Article:
    draft = Draft(root)
    published = date_in(index, root, (ATOM, "published"))
    read_modified(draft, index, root)
    draft.put("firstCreated", *published)
    draft.put("versionCreated", *published)
    for one in root:
        namespace, own = name(one)
        if namespace == ATOM and own in _READERS:
            _READERS[own](draft, one)
    read_extensions(draft, root, _KNOWN)
    read_media(draft, index, root)
    _inherited(draft, index, root)
    return draft.article("/id")


def _kill(entry: Element) -> Article:
    draft = Draft(entry)
    draft.put("uri", (entry.get("ref") or "").strip(WHITE), entry, "ref")
    draft.put("versionCreated", entry.get("when"), entry, "when")
    draft.put_status("canceled", entry)
    return draft.article("/@ref")


def _inherited(draft: Draft, index: Index, entry: Element) -> None:
    source, feed = child(entry, "source"), entry.getparent()
    for holder in [one for one in (source, feed) if one is not None]:
        if not draft.has("authors"):
            for one in index.each(holder, (ATOM, "author")):
                _author(draft, one)
        if rights := index.word(holder, (ATOM, "rights")):
            _rights(draft, rights[1])
    draft.put("language", language_of(entry), entry)
    draft.put_byline(entry)


def _id(draft: Draft, element: Element) -> None:
    draft.put("uri", (element.text or "").strip(WHITE), element)


def _title(draft: Draft, element: Element) -> None:
    # A headline is a line of text, whatever the feed writes it in.
    draft.add("headlines", _construct(element, line=True), element)


def _summary(draft: Draft, element: Element) -> None:
    draft.add("descriptions", _construct(element), element)


def _rights(draft: Draft, element: Element) -> None:
    draft.put("copyrightNotice", _construct(element).get("value"), element)


def _construct(element: Element, *, line: bool = False) -> dict[str, Any]:
    """A text by its type: text, html or xhtml."""
    kind = squeezed(element.get("type")).lower() or "text"
    if kind in ("xhtml", "application/xhtml+xml"):
        div = next(iter(element), None)
        value, content_type = inner_html(element if div is None else div), _HTML
    elif kind in ("html", _HTML):
        value, content_type = raw_text(element).strip(WHITE), _HTML
    else:
        value, content_type = raw_text(element).strip(WHITE), None
    if line and content_type == _HTML and "<" not in value:
        value, content_type = unescaped(value), None
    return {"contentType": content_type, "value": squeezed(value) if line else value} if value else {}


def _content(draft: Draft, element: Element) -> None:
    kind = squeezed(element.get("type")).lower() or "text"
    if src := element.get("src"):
        add_enclosure(draft, element, resolved(element, src.strip(WHITE)))
    elif kind in ("text", _PLAIN, "html", _HTML, "xhtml", "application/xhtml+xml"):
        body = _construct(element)
        if body:
            draft.add("bodies", {**body, "contentType": body["contentType"] or _PLAIN}, element)
    elif kind.startswith("text/"):
        draft.add("bodies", {"contentType": kind, "value": raw_text(element).strip(WHITE)}, element)
    else:
        draft.keep("content", as_json(element))


def _author(draft: Draft, element: Element) -> None:
    _person(draft, element, None)


def _contributor(draft: Draft, element: Element) -> None:
    _person(draft, element, "contributor")


def _person(draft: Draft, element: Element, role: str | None) -> None:
    found = text_of(child(element, "name")) or text_of(child(element, "email"))
    add_author(draft, [found], element, role=role)
    draft.keep_more(element, frozenset(), frozenset({"name"}))


def _category(draft: Draft, element: Element) -> None:
    term, scheme, label = (squeezed(element.get(part)) for part in ("term", "scheme", "label"))
    add_category(draft, (term, scheme, label), element)


def _link(draft: Draft, element: Element) -> None:
    href = resolved(element, (element.get("href") or "").strip(WHITE))
    rel = squeezed(element.get("rel")).rpartition("/")[2] or "alternate"
    if not href:
        return
    if rel == "enclosure":
        add_enclosure(draft, element, href)
    elif rel == "related":
        title = element.get("title")
        headlines = [{"value": title}] if title else None
        name_ = draft.next_name("associations", rel)
        draft.add("associations", {"name": name_, "rel": rel, "uri": href, "headlines": headlines}, element)
    else:
        draft.keep("evolvedfrom" if rel == _EARLIER else ("link" if rel == "alternate" else f"link:{rel}"), href)


def _source(draft: Draft, element: Element) -> None:
    title, uri = text_of(child(element, "title")), text_of(child(element, "id"))
    draft.add("infoSources", {"name": title, "uri": uri, "role": "source"} if title or uri else {}, element)
    if any(local(one) not in ("title", "id", "updated", "author", "rights") for one in element):
        draft.keep_whole(element)


_READERS: Final[dict[str, Reader]] = {
    "id": _id,
    "title": _title,
    "summary": _summary,
    "content": _content,
    "author": _author,
    "contributor": _contributor,
    "category": _category,
    "link": _link,
    "rights": _rights,
    "source": _source,
}
_KNOWN: Final = frozenset((ATOM, own) for own in (*_READERS, "published", "updated"))
