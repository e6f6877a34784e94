"""NITF: one document, one story; also where a NewsML-G2 item holds one.

Source: NITF 3.6, and what agencies send of 3.1 to 3.5. Elements are known by their local names: most documents have no
namespace. `date.release` is the embargo, `date.expire` the expiry, `management-status` the publication status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.ingest.formats import nitf_head
from services.ingest.formats.draft import Draft
from services.ingest.formats.element import child, children, language_of, lines_of, local, squeezed, text_of
from services.ingest.formats.nitf_body import concept, html_of, is_for_editors, read_body
from services.ingest.formats.wiredate import from_norm, from_start

if TYPE_CHECKING:
    from collections.abc import Callable

    from newswire.article import Article
    from services.ingest.formats.element import Element

    Reader = Callable[[Draft, Element], None]

NAMESPACE: Final = "http://iptc.org/std/NITF/2006-10-18/"


def parse(root: Element) -> Article:
    """The story of a document. Raises ViolationError and TooLargeError."""
    draft = Draft(root)
    fill(draft, root)
    return draft.article("/head/docdata/doc-id/@id-string")


def fill(draft: Draft, root: Element) -> None:
    """All that a document says, where nothing is known yet; lists of names grow."""
    titled, described = draft.has("headlines"), draft.has("descriptions")
    nitf_head.read_head(draft, child(root, "head"))
    body = child(root, "body")
    for part in children(body, "body.head"):
        for one in part:
            if (local(one), True) not in (("hedline", titled), ("abstract", described)):
                _BODY_HEAD.get(local(one), _keep)(draft, one)
    for content in children(body, "body.content"):
        read_body(draft, content)
    for end in children(body, "body.end"):
        if len(end):
            draft.keep_whole(end)
    _put_title(draft, root)
    draft.put("language", root.get("baselang") or language_of(root), root)


def _put_title(draft: Draft, root: Element) -> None:
    title = child(root, "head", "title")
    if title is not None and not draft.has("headlines"):
        draft.add("headlines", {"value": text_of(title)}, title)


def _keep(draft: Draft, element: Element) -> None:
    draft.keep_whole(element)


def _hedline(draft: Draft, element: Element) -> None:
    for one in element:
        role = None if local(one) == "hl1" else "subheadline"
        draft.add("headlines", {"role": role, "value": squeezed(lines_of(one))}, one)


def _byline(draft: Draft, element: Element) -> None:
    parts = [squeezed(element.text)]
    for one in element:
        joint = ", " if local(one) == "byttl" and any(parts) and not parts[-1].endswith(",") else " "
        parts.append(joint + text_of(one))
        parts.append(" " + squeezed(one.tail))
    draft.join("by", squeezed("".join(parts)).replace(" ,", ","), element)
    for person in children(element, "person"):
        title = text_of(child(person, "function")) or text_of(child(element, "byttl"))
        draft.add("authors", {"name": concept(person)["name"], "jobtitle": title}, person)


def _distributor(draft: Draft, element: Element) -> None:
    draft.add("infoSources", {"name": text_of(element), "role": "distributor"}, element)


def _dateline(draft: Draft, element: Element) -> None:
    location = child(element, "location")
    city = child(location, "city")
    place = next((text for one in (city, location) if (text := text_of(one))), None)
    date = child(element, "story.date")
    if place is None and date is None:
        place = text_of(element)
    draft.put("located", place, element)
    if date is not None:
        draft.put("contentCreated", from_start(from_norm(date.get("norm"))), date, "norm")
    if len(element):
        draft.keep_whole(element)


def _abstract(draft: Draft, element: Element) -> None:
    value: dict[str, Any] = {"value": lines_of(element)}
    if len(element):
        value = {"contentType": "text/html", "value": html_of(element)}
    if value["value"]:
        draft.add("descriptions", {"role": "abstract", **value}, element)


def _note(draft: Draft, element: Element) -> None:
    if is_for_editors(element):
        draft.join("edNote", lines_of(element), element)
    else:
        draft.keep_whole(element)


def _rights(draft: Draft, element: Element) -> None:
    owner = child(element, "rights.owner")
    if owner is not None:
        draft.put("copyrightHolder", text_of(owner), owner)
    draft.keep_whole(element)


_BODY_HEAD: Final[dict[str, Reader]] = {
    "hedline": _hedline,
    "byline": _byline,
    "distributor": _distributor,
    "dateline": _dateline,
    "abstract": _abstract,
    "note": _note,
    "rights": _rights,
}
