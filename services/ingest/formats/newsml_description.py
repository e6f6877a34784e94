"""NewsML-G2's contentMeta: what a story is about, who made it, where and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.ingest.formats import newscodes, wiredate
from services.ingest.formats.draft import number
from services.ingest.formats.element import child, children, lines_of, squeezed, text_of
from services.ingest.formats.newsml_content import rendition
from services.ingest.formats.newsml_item import parts, point, role_of, symbols

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.ingest.formats.element import Element
    from services.ingest.formats.newsml_item import Item

    Reader = Callable[[Item, Element], None]

# By the code alone: `cpnat:person`, and also the `cptype:person` of older documents.
_KINDS: Final = {
    "person": "people",
    "organisation": "organisations",
    "organization": "organisations",
    "event": "events",
    "newsEvent": "events",
    "object": "objects",
    **dict.fromkeys(
        ("geoArea", "poi", "city", "statprov", "country", "countryArea", "region", "worldRegion"), "places"
    ),
}
_ABSTRACT: Final = frozenset({"", "abstract"})
_NOTHING: Final[frozenset[str]] = frozenset()
_TYPE: Final = frozenset({"type", "typeuri"})
_ROLE: Final = frozenset({"role", "roleuri"})
_JUDGED: Final = frozenset({"creator", "creatoruri", "relevance", "confidence"})
_TEXT: Final = frozenset({"role", "roleuri", "lang", "dir", "id"})


def read_description(item: Item, element: Element) -> None:
    """`contentMeta`."""
    for own, one in parts(element):
        _DESCRIPTION.get(own, _keep)(item, one)


def creators(item: Item, root: Element) -> str:
    """The names of those who made the content."""
    made = children(child(root, "contentMeta"), "creator")
    return ", ".join(dict.fromkeys([label for one in made if (label := item.label(one))]))


def _keep(item: Item, element: Element) -> None:
    item.draft.keep_whole(element)


def _urgency(item: Item, element: Element) -> None:
    item.draft.put("urgency", number(text_of(element)), element)


def _content_created(item: Item, element: Element) -> None:
    created = wiredate.from_start(text_of(element)) or ""
    # The standard allows a year or a month here, and nothing depends on it.
    if "T" in created:
        item.draft.put("contentCreated", created, element)
    else:
        item.draft.keep("contentCreated", created)


def _digital_source_type(item: Item, element: Element) -> None:
    found = {key: value for key, value in item.concept(element).items() if value}
    item.draft.put("digitalSourceType", found or None, element)
    item.keep_more(element, _NOTHING)


def _located(item: Item, element: Element) -> None:
    first = not item.draft.has("located")
    item.draft.put("located", item.label(element), element)
    if item.concept(element)["uri"] or not first:
        item.draft.keep_whole(element)
    else:
        item.keep_more(element, _TYPE)


def _info_source(item: Item, element: Element) -> None:
    source = {**item.concept(element), "role": role_of(element)}
    item.draft.add("infoSources", source, element)
    item.keep_more(element, _ROLE)


def _author(role: str | None) -> Reader:
    def read(item: Item, element: Element) -> None:
        title = next(children(child(element, "personDetails"), "jobtitle"), None)
        author = {
            "name": item.label(element),
            "role": role_of(element) or role,
            "jobtitle": None if title is None else item.label(title),
        }
        item.draft.add("authors", author if author["name"] else {}, element)
        concept = item.concept(element)
        if concept["uri"] or (concept["name"] and concept["literal"]):
            item.draft.keep_whole(element)
        else:
            item.keep_more(element, _ROLE)

    return read


def _alt_id(item: Item, element: Element) -> None:
    value = text_of(element) or element.get("id")
    item.draft.add("altIds", {"role": element.get("type") or element.get("typeuri"), "value": value}, element)
    item.draft.keep_more(element, _TYPE | {"id"})


def _language(item: Item, element: Element) -> None:
    if item.draft.has("language"):
        item.draft.keep_whole(element)
    else:
        item.draft.put("language", element.get("tag"), element, "tag")
        item.draft.keep_more(element, frozenset({"tag"}), frozenset({"name"}))


def _genre(item: Item, element: Element) -> None:
    item.draft.add("genres", item.concept(element), element)
    item.keep_more(element, _NOTHING)


def _keyword(item: Item, element: Element) -> None:
    item.draft.add("subjects", {"name": text_of(element), "rel": "keyword"}, element)
    item.draft.keep_more(element, frozenset({"lang", "id"}))


def _subject(item: Item, element: Element) -> None:
    kind = newscodes.last(element.get("type") or element.get("typeuri"))
    field = _KINDS.get(kind, "subjects")
    subject = {**item.concept(element), **_about(item, element, field)}
    item.draft.add(field, subject, element)
    known = _TYPE if field != "subjects" or kind in _ABSTRACT else _NOTHING
    item.keep_more(element, known | (_JUDGED if field == "subjects" else _NOTHING))


def _about(item: Item, element: Element, field: str) -> dict[str, Any]:
    assertion = item.assertion(element)
    if field == "organisations":
        return {"symbols": symbols(element) or list(assertion.symbols)}
    if field == "places":
        return {"geoJSON": point(element) or assertion.point}
    if field != "subjects":
        return {}
    return {
        "creator": element.get("creator") or element.get("creatoruri"),
        "relevance": number(element.get("relevance")),
        "confidence": number(element.get("confidence")),
    }


def _one_line(field: str) -> Reader:
    def read(item: Item, element: Element) -> None:
        if item.draft.has(field):
            item.draft.keep_whole(element)
        else:
            item.draft.put(field, text_of(element), element)
            item.draft.keep_more(element, (_TEXT | {"separator"}) - _ROLE)

    return read


def _by(item: Item, element: Element) -> None:
    if item.draft.has("by"):
        item.draft.keep_whole(element)
    item.draft.put("by", squeezed(lines_of(element)), element)


def _headline(item: Item, element: Element) -> None:
    item.draft.add("headlines", {"role": role_of(element), "value": squeezed(lines_of(element))}, element)
    item.draft.keep_more(element, _TEXT, frozenset({"br"}))


def _description(item: Item, element: Element) -> None:
    item.draft.add("descriptions", {"role": role_of(element), "value": lines_of(element)}, element)
    item.draft.keep_more(element, _TEXT, frozenset({"br"}))


def _icon(item: Item, element: Element) -> None:
    rendition(item, element, "icon")


_DESCRIPTION: Final[dict[str, Reader]] = {
    "urgency": _urgency,
    "contentCreated": _content_created,
    "digitalSourceType": _digital_source_type,
    "located": _located,
    "infoSource": _info_source,
    "creator": _author(None),
    "contributor": _author("contributor"),
    "altId": _alt_id,
    "language": _language,
    "genre": _genre,
    "keyword": _keyword,
    "subject": _subject,
    "slugline": _one_line("slugline"),
    "by": _by,
    "headline": _headline,
    "description": _description,
    "icon": _icon,
}
