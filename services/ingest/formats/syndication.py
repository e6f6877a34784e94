"""What RSS and Atom have in common: the elements of other namespaces that say what neither of them can.

Dublin Core, its terms and PRISM carry embargo, expiry, version, rights and subjects; Media RSS pictures, video and the
status; GeoRSS places. Each is known by its namespace, whatever its prefix.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from services.ingest.formats import wiredate
from services.ingest.formats.element import WHITE, local, squeezed, text_of
from services.ingest.formats.fragment import is_marked_up, unescaped
from services.ingest.formats.index import PRISM, key_of
from services.ingest.formats.newsml_item import geo_point

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.ingest.formats.draft import Draft
    from services.ingest.formats.element import Element
    from services.ingest.formats.index import Index

    Reader = Callable[[Draft, Element], None]

ATOM: Final = "http://www.w3.org/2005/Atom"
ATOM_PUB: Final = "http://www.w3.org/2007/app"
CONTENT: Final = "http://purl.org/rss/1.0/modules/content/"
DC: Final = "http://purl.org/dc/elements/1.1/"
TERMS: Final = "http://purl.org/dc/terms/"
MEDIA: Final = "http://search.yahoo.com/mrss/"
GEORSS: Final = "http://www.georss.org/georss"
AGE: Final = "http://purl.org/atompub/age/1.0"
_STATES: Final = {"active": "usable", "blocked": "withheld", "deleted": "canceled"}
_PERIOD = re.compile(r"(start|end)\s*=\s*([^;]+)")
_JOINABLE: Final = ("/", "#", ":")
_MODIFIED: Final = (
    (TERMS, "modified"),
    (PRISM, "modificationDate"),
    (ATOM, "updated"),
)
_EVOLVED: Final = frozenset({"replaces", "isVersionOf"})


def date_in(index: Index, entry: Element, *keys: tuple[str, str]) -> tuple[str | None, Element]:
    """The first date-time under these names, and its element; the entry where there is none."""
    text, source = index.word(entry, *keys) or (None, entry)
    return wiredate.from_start(wiredate.from_rfc822(text)), source


def read_modified(draft: Draft, index: Index, entry: Element) -> None:
    """When this version was made, if any of the extensions says so."""
    draft.put("versionCreated", *date_in(index, entry, *_MODIFIED))


def add_text(draft: Draft, field: str, element: Element, text: str | None = None) -> None:
    """A text of a feed, which does not say what it is: HTML if there are tags in it, else plain."""
    found = (text if text is not None else "".join(map(str, element.itertext()))).strip(WHITE)
    if not found:
        return
    if is_marked_up(found):
        draft.add(field, {"contentType": "text/html", "value": found}, element)
    else:
        draft.add(field, {"value": unescaped(found)}, element)


def add_author(draft: Draft, names: list[str], element: Element, **about: Any) -> None:  # noqa: ANN401 - JSON
    """Somebody who made the story, also in its byline."""
    for found in names:
        draft.add("authors", {"name": found, **about}, element)


def add_category(draft: Draft, found: tuple[str, str, str], element: Element) -> None:
    """A subject out of term, scheme and label. Together they are a URI where the scheme is an open one."""
    term, scheme, label = found
    uri = term if term.startswith(("http://", "https://", "urn:")) else None
    if not uri and scheme.endswith(_JOINABLE) and term:
        uri = scheme + term
    literal = f"{scheme}:{term}" if scheme and not uri else (term if label and label != term and not uri else None)
    draft.add("subjects", {"name": label or term, "uri": uri, "literal": literal}, element)


def read_extensions(draft: Draft, entry: Element, known: frozenset[tuple[str, str]]) -> None:
    """Every element of another namespace; what neither this nor the caller knows is kept."""
    for one in entry:
        key = key_of(one)
        if reader := _EXTENSIONS.get(key):
            reader(draft, one)
        elif key not in known and key not in _MODIFIED and key[0] != MEDIA:
            draft.keep_whole(one)


def _line(field: str) -> Reader:
    return lambda draft, element: draft.put(field, text_of(element), element)


def _date(field: str) -> Reader:
    return lambda draft, element: draft.put(field, wiredate.from_rfc822(text_of(element)), element)


def _created(draft: Draft, element: Element) -> None:
    draft.put("contentCreated", wiredate.from_start(wiredate.from_rfc822(text_of(element))), element)


def _expiry(draft: Draft, element: Element) -> None:
    draft.put("expires", wiredate.until_end(wiredate.from_rfc822(text_of(element))), element)


def _period(draft: Draft, element: Element) -> None:
    limits = {edge: limit.strip(WHITE) for edge, limit in _PERIOD.findall(text_of(element))}
    if not limits:
        draft.keep_whole(element)
    draft.put("embargoedUntil", limits.get("start"), element)
    draft.put("expires", wiredate.until_end(limits.get("end")), element)


def _creator(draft: Draft, element: Element) -> None:
    add_author(draft, [text_of(element)], element)


def _contributor(draft: Draft, element: Element) -> None:
    add_author(draft, [text_of(element)], element, role="contributor")


def _concept(field: str) -> Reader:
    return lambda draft, element: draft.add(field, {"name": text_of(element)}, element)


def _keyword(draft: Draft, element: Element) -> None:
    for word in text_of(element).split(","):
        draft.add("subjects", {"name": squeezed(word), "rel": "keyword"} if word.strip(WHITE) else {}, element)


def _earlier(draft: Draft, element: Element) -> None:
    draft.keep("evolvedfrom", text_of(element))


def _state(draft: Draft, element: Element) -> None:
    state = squeezed(element.get("state")).lower()
    draft.put_status(_STATES.get(state, state), element, "state")
    draft.keep_more(element, frozenset({"state"}))


def _draft_control(draft: Draft, element: Element) -> None:
    for one in element:
        if local(one) == "draft" and text_of(one).lower() == "yes":
            draft.put_status("withheld", one)


def _point(draft: Draft, element: Element) -> None:
    latitude, _, longitude = text_of(element).replace(",", " ").partition(" ")
    point = geo_point(latitude, longitude.strip(WHITE))
    draft.add("places", {"geoJSON": point}, element)
    if point is None:
        draft.keep_whole(element)


_EXTENSIONS: Final[dict[tuple[str, str], Reader]] = {
    (DC, "creator"): _creator,
    (DC, "contributor"): _contributor,
    (DC, "subject"): _concept("subjects"),
    (DC, "language"): _line("language"),
    (DC, "rights"): _line("copyrightNotice"),
    (TERMS, "creator"): _creator,
    (TERMS, "contributor"): _contributor,
    (TERMS, "subject"): _concept("subjects"),
    (TERMS, "language"): _line("language"),
    (TERMS, "rights"): _line("copyrightNotice"),
    (TERMS, "rightsHolder"): _line("copyrightHolder"),
    (TERMS, "accessRights"): _line("usageTerms"),
    (TERMS, "available"): _date("embargoedUntil"),
    (TERMS, "valid"): _period,
    (TERMS, "created"): _created,
    **{(TERMS, term): _earlier for term in _EVOLVED},
    (PRISM, "embargoDate"): _date("embargoedUntil"),
    (PRISM, "expirationDate"): _expiry,
    (PRISM, "killDate"): _expiry,
    (PRISM, "creationDate"): _created,
    (PRISM, "versionIdentifier"): _line("version"),
    (PRISM, "copyright"): _line("copyrightNotice"),
    (PRISM, "usageTerms"): _line("usageTerms"),
    (PRISM, "keyword"): _keyword,
    (PRISM, "genre"): _concept("genres"),
    (PRISM, "person"): _concept("people"),
    (PRISM, "organization"): _concept("organisations"),
    (PRISM, "location"): _concept("places"),
    (PRISM, "event"): _concept("events"),
    (PRISM, "object"): _concept("objects"),
    (AGE, "expires"): _expiry,
    (MEDIA, "status"): _state,
    (MEDIA, "keywords"): _keyword,
    (MEDIA, "copyright"): _line("copyrightNotice"),
    (ATOM_PUB, "control"): _draft_control,
    (GEORSS, "point"): _point,
    (GEORSS, "featurename"): _concept("places"),
}
