"""NewsML-G2's contentSet: the text itself, and the renditions of a picture, a video or a sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.ingest.formats import newscodes, nitf
from services.ingest.formats.draft import number
from services.ingest.formats.element import WHITE, as_xml, child, local, own_text, raw_text
from services.ingest.formats.fragment import inner_html
from services.ingest.formats.newsml_item import parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.ingest.formats.element import Element
    from services.ingest.formats.newsml_item import Item

    Reader = Callable[[Item, Element], None]

_HTML: Final = "text/html"
_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_INLINE: Final = frozenset({"contenttype", "wordcount", "charcount", "lang", "id"})
# What a duration is counted in, in seconds; the standard's default is the second.
_SECONDS: Final = {"": 1.0, "seconds": 1.0, "milliseconds": 0.001, "minutes": 60.0, "hours": 3600.0}
_PIXELS: Final = frozenset({"", "pixels"})
_RENDITION_NAMES: Final = (
    "rendition renditionuri href residref contenttype title width height size duration durationunit format formaturi "
    "videoaspectratio videocodec videocodecuri videoframerate videoavgbitrate audiobitrate widthunit heightunit id"
)
_RENDITION: Final = frozenset(_RENDITION_NAMES.split())


def read_content(item: Item, element: Element) -> None:
    """`contentSet`."""
    for own, one in parts(element):
        _CONTENT.get(own, _keep)(item, one)


def _keep(item: Item, element: Element) -> None:
    item.draft.keep_whole(element)


def _inline_xml(item: Item, element: Element) -> None:
    inner = next(iter(element), None)
    if inner is None:
        return
    if local(inner) == "nitf":
        nitf.fill(item.draft, inner)
    elif (local(inner) == "html" or str(inner.tag).startswith(_XHTML)) and not own_text(element):
        body = child(inner, "body")
        holder = body if body is not None else element
        _add_body(item, element, inner_html(holder), _HTML)
    else:
        text = as_xml(inner)
        item.draft.keep("inlineXML", {"@contenttype": element.get("contenttype") or "", "#xml": text})


def _inline_data(item: Item, element: Element) -> None:
    # Bytes in some encoding are no text that anybody could read.
    if element.get("encoding") or element.get("encodinguri"):
        item.draft.keep_whole(element)
        return
    _add_body(item, element, raw_text(element).strip(WHITE), element.get("contenttype"))
    item.draft.keep_more(element, _INLINE | {"rendition"})


def _add_body(item: Item, element: Element, value: str, content_type: str | None) -> None:
    if not value:
        return
    body = {
        "contentType": content_type,
        "value": value,
        "wordCount": number(element.get("wordcount")),
        "charCount": number(element.get("charcount")),
    }
    item.draft.add("bodies", body, element)


def rendition(item: Item, element: Element, name: str = "main") -> None:
    """A `remoteContent`, or an `icon`."""
    seconds = _SECONDS.get(newscodes.last(element.get("durationunit")))
    pixels = {newscodes.last(element.get(unit)) for unit in ("widthunit", "heightunit")} <= _PIXELS
    item.draft.add(
        "renditions",
        {
            "name": newscodes.plain(element.get("rendition") or element.get("renditionuri")) or name,
            "href": (element.get("href") or element.get("residref") or "").strip(WHITE),
            "contentType": element.get("contenttype"),
            "title": element.get("title"),
            "width": number(element.get("width")) if pixels else None,
            "height": number(element.get("height")) if pixels else None,
            "sizeInBytes": number(element.get("size")),
            "duration": _duration(element.get("duration"), seconds),
            "format": newscodes.plain(element.get("format") or element.get("formaturi")),
            "aspectRatio": element.get("videoaspectratio"),
            "videoCodec": newscodes.plain(element.get("videocodec") or element.get("videocodecuri")),
            "frameRate": number(element.get("videoframerate")),
            "bitrate": element.get("videoavgbitrate") or element.get("audiobitrate"),
        },
        element,
    )
    known = _RENDITION if pixels and seconds else _RENDITION - {"duration", "durationunit", "width", "height"}
    item.draft.keep_more(element, known)


def _remote(item: Item, element: Element) -> None:
    rendition(item, element)


def _duration(text: str | None, seconds: float | None) -> Any:  # noqa: ANN401 - what is no number is named later
    found = number(text)
    if not isinstance(found, int | float) or seconds == 1.0:
        return found
    return round(found * seconds, 3) if seconds else None


_CONTENT: Final[dict[str, Reader]] = {"inlineXML": _inline_xml, "inlineData": _inline_data, "remoteContent": _remote}
