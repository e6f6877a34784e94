"""NITF's body.content as HTML, and what is marked in it: people, organisations, places, and media."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from services.ingest.formats.draft import size
from services.ingest.formats.element import WHITE, child, children, lines_of, local, squeezed, text_of
from services.ingest.formats.fragment import Writer

if TYPE_CHECKING:
    from services.ingest.formats.draft import Draft
    from services.ingest.formats.element import Element

_SAME: Final = (
    "p br hr a em ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr th td pre q sup sub "
    "strong b i u img blockquote h1 h2 h3 h4 h5 h6 div span cite"
)
_TAGS: Final = {
    **{tag: tag for tag in _SAME.split()},
    "hl1": "h2",
    "hl2": "h2",
    "bq": "blockquote",
    "block": "div",
    "fn": "aside",
    "note": "aside",
    "lang": "span",
    "chron": "time",
    "object.title": "cite",
    "credit": "cite",
    "datasource": "p",
    "byline": "p",
    "dateline": "p",
    "copyrite": "p",
    "tagline": "p",
    "abstract": "div",
}
_MARKED: Final = {"person": "people", "org": "organisations", "location": "places", "event": "events"}
_KINDS: Final = {"image": "picture", "photo": "picture", "graphic": "graphic", "video": "video", "audio": "audio"}
_DATA: Final = "nitf-table-metadata"
_WEB: Final = ("https://", "http://")


def read_body(draft: Draft, element: Element) -> None:
    """`body.content`."""
    html = Writer(_TAGS, lambda one: _special(draft, one)).inner(element).strip(WHITE)
    draft.add("bodies", {"contentType": "text/html", "value": html} if html else {}, element)


def html_of(element: Element) -> str:
    """A block elsewhere, an abstract above all."""
    return Writer(_TAGS).inner(element).strip(WHITE)


def is_for_editors(note: Element) -> bool:
    """Whether a note is none of the reader's business: for editors, or a non-publishable advisory."""
    return note.get("noteclass") == "editorsnote" or note.get("type") == "npa"


def concept(element: Element) -> dict[str, Any]:
    """A name that is marked in the text: what identifies it is its literal, after the scheme."""
    scheme, value = element.get("idsrc"), element.get("value") or element.get("code")
    literal = f"{scheme}:{value}" if scheme and value else value
    return {"name": _name(element), "literal": literal}


def _name(element: Element) -> str:
    # `alt-code` and a person's function are no part of the name.
    if local(element) == "person":
        given, family = text_of(child(element, "name.given")), text_of(child(element, "name.family"))
        if given or family:
            return f"{given} {family}".strip(WHITE)
    return text_of(element)


def _special(draft: Draft, element: Element) -> str | None:
    own = local(element)
    if own == "media":
        return _media(draft, element)
    if own == _DATA:
        draft.keep_whole(element)
        return ""
    if own == "note" and is_for_editors(element):
        draft.join("edNote", lines_of(element), element)
        return ""
    if own in _MARKED:
        draft.add_named(_MARKED[own], concept(element), element)
    return None


def _media(draft: Draft, element: Element) -> str:
    references = list(children(element, "media-reference"))
    caption = lines_of(captions) if (captions := child(element, "media-caption")) is not None else ""
    source = next((href for one in references if (href := (one.get("source") or "").strip(WHITE))), "")
    kind = _KINDS.get((element.get("media-type") or "").lower())
    if source:
        draft.add("associations", _association(draft, element, (source, kind, caption)), element)
    for part in element:
        if local(part) not in ("media-reference", "media-caption", "media-producer") or not source:
            draft.keep_whole(part)
    picture = kind in ("picture", "graphic") and source.startswith(_WEB)
    image = f'<img src="{escape(source)}" alt="{escape(_alternate(references))}">' if picture else ""
    figcaption = f"<figcaption>{escape(squeezed(caption), quote=False)}</figcaption>" if caption else ""
    return f"<figure>{image}{figcaption}</figure>" if image or figcaption else ""


def _association(draft: Draft, element: Element, found: tuple[str, str | None, str]) -> dict[str, Any]:
    source, kind, caption = found
    references = list(children(element, "media-reference"))
    credit = text_of(child(element, "media-producer")) or next(
        (text for one in references if (text := one.get("source-credit"))), ""
    )
    return {
        "name": draft.next_name("associations", "media"),
        "uri": source,
        "type": kind,
        "by": credit,
        "descriptions": [{"role": "caption", "value": caption}] if caption else None,
        "renditions": [_rendition(one) for one in references if one.get("source")],
    }


def _rendition(reference: Element) -> dict[str, Any]:
    seconds = (reference.get("time-unit-of-measure") or "").lower() in ("second", "seconds", "s")
    found = {
        "name": reference.get("name") or "main",
        "href": (reference.get("source") or "").strip(WHITE),
        "contentType": reference.get("mime-type"),
        "title": reference.get("alternate-text"),
        "width": size(reference.get("width")),
        "height": size(reference.get("height")),
        "duration": size(reference.get("time")) if seconds else None,
    }
    return {key: value for key, value in found.items() if value not in (None, "")}


def _alternate(references: list[Element]) -> str:
    return next((text for one in references if (text := one.get("alternate-text"))), "")
