"""NITF's head: what the document is, when it may be shown, and what it is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from services.ingest.formats.draft import number
from services.ingest.formats.element import WHITE, as_json, children, local, squeezed, text_of
from services.ingest.formats.newscodes import SUBJECT_CODE
from services.ingest.formats.nitf_body import concept
from services.ingest.formats.wiredate import from_norm, from_start, until_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.ingest.formats.draft import Draft
    from services.ingest.formats.element import Element

    Reader = Callable[[Draft, Element], None]

_EMBARGOED: Final = "embargoed"
_SLUGS: Final = frozenset({"anpa-keyword", "slugline", "slug"})
_SUBJECT_CODE = re.compile(r"\d{8}", re.ASCII)
_NORM: Final = frozenset({"norm", "id"})
# The parts of a subject from wide to narrow, and how many digits of the reference number each has.
_LEVELS: Final = (("type", 2), ("matter", 5), ("detail", 8))
_IDENTIFIED: Final = {
    "person": "people",
    "org": "organisations",
    "location": "places",
    "event": "events",
    "object.title": "objects",
}


def read_head(draft: Draft, head: Element | None) -> None:
    """`head`."""
    for one in () if head is None else head:
        _HEAD.get(local(one), _keep)(draft, one)


def _keep(draft: Draft, element: Element) -> None:
    draft.keep_whole(element)


def _title(draft: Draft, element: Element) -> None:
    draft.put("title", text_of(element), element)


def _meta(draft: Draft, element: Element) -> None:
    key, content = (element.get("name") or "").strip(WHITE), (element.get("content") or "").strip(WHITE)
    if key.lower() in _SLUGS:
        draft.put("slugline", content, element)
    if key and content:
        draft.keep("meta", {"name": key, "content": content})


def _tobject(draft: Draft, element: Element) -> None:
    draft.keep("tobject.type", element.get("tobject.type"))
    for one in children(element, "tobject.property"):
        draft.add("genres", {"name": one.get("tobject.property.type")}, one)
    for one in children(element, "tobject.subject"):
        _subject(draft, one)


def _subject(draft: Draft, element: Element) -> None:
    code = (element.get("tobject.subject.refnum") or "").strip(WHITE)
    owner = (element.get("tobject.subject.ipr") or "IPTC").strip(WHITE)
    standard = owner == "IPTC" and _SUBJECT_CODE.fullmatch(code) is not None
    names = {part: squeezed(element.get(f"tobject.subject.{part}")) for part, _ in _LEVELS}
    if standard:
        wider = [(names[part], code[:digits].ljust(8, "0")) for part, digits in _LEVELS]
        named = {number_: name for name, number_ in reversed(wider) if name}
        for each in dict.fromkeys([code, *named]):
            draft.add("subjects", {"name": named.get(each), "uri": SUBJECT_CODE + each}, element)
    else:
        narrowest = names["detail"] or names["matter"] or names["type"]
        draft.add("subjects", {"name": narrowest, "literal": f"{owner}:{code}" if code else None}, element)
        draft.keep("tobject.subject", as_json(element))
    draft.keep("tobject.subject.code", element.get("tobject.subject.code"))


def _docdata(draft: Draft, element: Element) -> None:
    for one in element:
        _DOCDATA.get(local(one), _keep)(draft, one)
    _status(draft, element)
    earlier = element.get("management-doc-idref")
    draft.keep("evolvedfrom", earlier)
    draft.keep("management-idref-status", element.get("management-idref-status"))


def _status(draft: Draft, element: Element) -> None:
    status = squeezed(element.get("management-status")).lower()
    if status != _EMBARGOED:
        draft.put_status(status, element, "management-status")
        return
    draft.keep("management-status", status)
    if not draft.has("embargoedUntil"):
        draft.withhold(element)


def _doc_id(draft: Draft, element: Element) -> None:
    draft.put("uri", (element.get("id-string") or "").strip(WHITE), element, "id-string")
    draft.keep_more(element, frozenset({"id-string"}))


def _urgency(draft: Draft, element: Element) -> None:
    draft.put("urgency", number(element.get("ed-urg")), element, "ed-urg")
    draft.keep_more(element, frozenset({"ed-urg", "id"}))


def _issued(draft: Draft, element: Element) -> None:
    draft.put("versionCreated", from_start(from_norm(element.get("norm"))), element, "norm")
    draft.keep_more(element, _NORM)


def _release(draft: Draft, element: Element) -> None:
    draft.put("embargoedUntil", from_norm(element.get("norm") or text_of(element)), element, "norm")


def _expire(draft: Draft, element: Element) -> None:
    draft.put("expires", until_end(from_norm(element.get("norm") or text_of(element))), element, "norm")


def _ed_msg(draft: Draft, element: Element) -> None:
    draft.join("edNote", (element.get("info") or "").strip(WHITE) or text_of(element), element)
    draft.keep("ednote", element.get("msg-type"))


def _copyright(draft: Draft, element: Element) -> None:
    draft.put("copyrightHolder", (element.get("holder") or "").strip(WHITE), element, "holder")
    draft.keep_more(element, frozenset({"holder"}))


def _doc_rights(draft: Draft, element: Element) -> None:
    draft.join("usageTerms", (element.get("limitations") or element.get("type") or "").strip(WHITE), element)
    draft.keep_whole(element)


def _keywords(draft: Draft, element: Element) -> None:
    for one in children(element, "keyword"):
        draft.add("subjects", {"name": squeezed(one.get("key")), "rel": "keyword"} if one.get("key") else {}, one)
    draft.keep_more(element, frozenset(), frozenset({"keyword"}))


def _place(draft: Draft, element: Element) -> None:
    names = (element.get(part) for part in ("city", "county-dist", "state-prov", "region"))
    country = element.get("iso-cc")
    name = next((squeezed(found) for found in names if found and found.strip(WHITE)), None)
    place = {"name": name or text_of(element) or country, "literal": country if name else None}
    draft.add_named("places", place, element)
    draft.keep_whole(element)


def _du_key(draft: Draft, element: Element) -> None:
    draft.put("version", (element.get("version") or "").strip(WHITE), element, "version")
    key = element.get("key")
    draft.add("altIds", {"role": "du-key", "value": key} if key else {}, element)
    draft.keep_more(element, frozenset({"key", "version"}))


def _identified(draft: Draft, element: Element) -> None:
    for one in element:
        if local(one) in _IDENTIFIED:
            draft.add_named(_IDENTIFIED[local(one)], concept(one), one)
        elif local(one) == "classifier":
            name, scheme = text_of(one) or one.get("value"), one.get("type") or one.get("idsrc")
            value = one.get("value")
            literal = f"{scheme}:{value}" if scheme and value else value
            draft.add("subjects", {"name": name, "literal": literal}, one)
        else:
            draft.keep_whole(one)


_HEAD: Final[dict[str, Reader]] = {
    "title": _title,
    "meta": _meta,
    "tobject": _tobject,
    "docdata": _docdata,
}
_DOCDATA: Final[dict[str, Reader]] = {
    "doc-id": _doc_id,
    "urgency": _urgency,
    "date.issue": _issued,
    "date.release": _release,
    "date.expire": _expire,
    "ed-msg": _ed_msg,
    "doc.copyright": _copyright,
    "doc.rights": _doc_rights,
    "key-list": _keywords,
    "evloc": _place,
    "du-key": _du_key,
    "identified-content": _identified,
}
