"""NewsML-G2's itemMeta and rightsInfo: how an item is managed, and what may be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.ingest.formats import newscodes, wiredate
from services.ingest.formats.element import as_xml, child, lines_of, text_of
from services.ingest.formats.newsml_item import code_of, parts, role_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.ingest.formats.element import Element
    from services.ingest.formats.newsml_item import Item

    Reader = Callable[[Item, Element], None]

_TYPES: Final = {
    **{kind: kind for kind in ("text", "audio", "video", "picture", "graphic", "composite", "component")},
    "still": "picture",
    "animated": "graphic",
}
_EARLIER: Final = frozenset({"evolvedfrom", "previousversion"})
_CODES: Final = frozenset({"qcode", "uri", "literal"})
_LINK: Final = frozenset({"rel", "reluri", "residref", "href", "uri", "qcode", "version", "title", "id"})
_NOTHING: Final[frozenset[str]] = frozenset()


def read_management(item: Item, element: Element) -> None:
    """`itemMeta`."""
    for own, one in parts(element):
        _MANAGEMENT.get(own, _keep)(item, one)


def read_rights(item: Item, element: Element) -> None:
    """`rightsInfo`."""
    for own, one in parts(element):
        _RIGHTS.get(own, _keep)(item, one)


def _keep(item: Item, element: Element) -> None:
    item.draft.keep_whole(element)


def _item_class(item: Item, element: Element) -> None:
    kind = _TYPES.get(newscodes.last(code_of(element)))
    item.draft.put("type", kind, element)
    if kind:
        item.draft.keep_more(element, _CODES)
    else:
        item.draft.keep_whole(element)


def _provider(item: Item, element: Element) -> None:
    item.draft.add("infoSources", {**item.concept(element), "name": item.label(element), "role": "provider"}, element)
    item.keep_more(element, _NOTHING)


def _date(field: str) -> Reader:
    def read(item: Item, element: Element) -> None:
        item.draft.put(field, wiredate.from_start(text_of(element)), element)

    return read


def _embargoed(item: Item, element: Element) -> None:
    if until := text_of(element):
        item.draft.put("embargoedUntil", until, element)
    else:
        item.draft.withhold(element)
        item.draft.keep("embargoed", "until further notice")


def _expires(item: Item, element: Element) -> None:
    item.draft.put("expires", wiredate.until_end(text_of(element)), element)


def _pub_status(item: Item, element: Element) -> None:
    item.draft.put_status(newscodes.last(code_of(element)) or text_of(element) or "none", element)


def _title(item: Item, element: Element) -> None:
    if item.draft.has("title"):
        item.draft.keep_whole(element)
    item.draft.put("title", text_of(element), element)


def _profile(item: Item, element: Element) -> None:
    item.draft.put("profile", text_of(element), element)
    item.draft.keep_more(element, _NOTHING)


def _ed_note(item: Item, element: Element) -> None:
    item.draft.join("edNote", lines_of(element), element)
    if element.get("role"):
        item.draft.keep_whole(element)


def _link(item: Item, element: Element) -> None:
    uri = element.get("residref") or element.get("href") or item.concept(element)["uri"]
    rel = newscodes.plain(element.get("rel") or element.get("reluri")) or "related"
    if not uri:
        item.draft.keep_whole(element)
        return
    if rel.lower() in _EARLIER:
        item.draft.keep("evolvedfrom", uri)
    item.draft.add("associations", _association(item, element, uri, rel), element)
    item.draft.keep_more(element, _LINK, frozenset({"itemClass", "title", "headline"}))


def _association(item: Item, element: Element, uri: str, rel: str) -> dict[str, Any]:
    item_class, headline = child(element, "itemClass"), text_of(child(element, "headline"))
    title = text_of(child(element, "title")) or element.get("title")
    return {
        "name": item.draft.next_name("associations", rel),
        "rel": rel,
        "uri": uri,
        "version": element.get("version"),
        "type": None if item_class is None else _TYPES.get(newscodes.last(code_of(item_class))),
        "title": title,
        "headlines": [{"value": headline or title}] if headline or title else None,
    }


def _copyright_holder(item: Item, element: Element) -> None:
    item.draft.put("copyrightHolder", item.label(element) or element.get("uri"), element)
    item.keep_more(element, _NOTHING)


def _block(field: str) -> Reader:
    def read(item: Item, element: Element) -> None:
        item.draft.join(field, lines_of(element), element)
        if element.get("href") or role_of(element):
            item.draft.keep_whole(element)

    return read


def _expression(item: Item, element: Element) -> None:
    inner = next(iter(element), None)
    expression = text_of(element) if inner is None else as_xml(inner)
    if expression and not item.draft.has("rightsInfo"):
        item.draft.put("rightsInfo", _rights(element.get("langid"), "encodedRights", expression), element)
    else:
        item.draft.keep_whole(element)


def _rights_link(item: Item, element: Element) -> None:
    href = element.get("href") or element.get("residref")
    if href and not item.draft.has("rightsInfo"):
        item.draft.put("rightsInfo", _rights(None, "linkedRights", href), element)
    else:
        item.draft.keep_whole(element)


def _rights(langid: str | None, kind: str, value: str) -> dict[str, str]:
    return {"langId": langid, kind: value} if langid else {kind: value}


_MANAGEMENT: Final[dict[str, Reader]] = {
    "itemClass": _item_class,
    "provider": _provider,
    "versionCreated": _date("versionCreated"),
    "firstCreated": _date("firstCreated"),
    "embargoed": _embargoed,
    "expires": _expires,
    "pubStatus": _pub_status,
    "title": _title,
    "profile": _profile,
    "edNote": _ed_note,
    "link": _link,
}
_RIGHTS: Final[dict[str, Reader]] = {
    "copyrightHolder": _copyright_holder,
    "copyrightNotice": _block("copyrightNotice"),
    "usageTerms": _block("usageTerms"),
    "rightsExpressionXML": _expression,
    "rightsExpressionData": _expression,
    "link": _rights_link,
}
