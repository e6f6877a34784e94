"""Media RSS and enclosures: the pictures, videos and sounds of an entry, each with its renditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.ingest.formats.draft import number, size
from services.ingest.formats.element import WHITE, as_json, local, resolved
from services.ingest.formats.fragment import unescaped
from services.ingest.formats.index import Index, key_of
from services.ingest.formats.syndication import MEDIA

if TYPE_CHECKING:
    from services.ingest.formats.draft import Draft
    from services.ingest.formats.element import Element

_CONTENT: Final = (MEDIA, "content")
_KINDS: Final = {"image": "picture", "video": "video", "audio": "audio"}
_ABOUT: Final = ("title", "description", "credit", "copyright", "thumbnail")
# What is read elsewhere, or belongs to the media and is read with each of them.
_KNOWN: Final = frozenset({"content", "group", "status", "keywords", *_ABOUT})


def read_media(draft: Draft, index: Index, entry: Element) -> None:
    """All of `media:*` in an entry: each `content` is one thing, and so is each `group` of renditions."""
    gallery = _Gallery(draft, index, entry)
    for content in index.each(entry, _CONTENT):
        gallery.add([content], (content, entry))
    for group in index.each(entry, (MEDIA, "group")):
        gallery.add(index.each(group, _CONTENT), (*index.each(group, _CONTENT)[:1], group, entry))
    if not gallery.filled:
        gallery.add_lone()
    for one in entry:
        if key_of(one)[0] == MEDIA and local(one) not in _KNOWN:
            draft.keep(f"media:{local(one)}", as_json(one))


def add_enclosure(draft: Draft, element: Element, href: str) -> None:
    """An `enclosure`, or a link to one."""
    rendition = {
        "name": "main",
        "href": href,
        "contentType": element.get("type"),
        "title": element.get("title"),
        "sizeInBytes": size(element.get("length")),
    }
    _associate(draft, element, {"uri": href, "type": _kind(element), "renditions": [rendition]})


class _Gallery:
    """The media of one entry."""

    def __init__(self, draft: Draft, index: Index, entry: Element) -> None:
        self._draft = draft
        self._index = index
        self._entry = entry
        self.filled = False

    def add(self, contents: list[Element], about: tuple[Element, ...]) -> None:
        """One thing in one or more renditions; `about` is where words on it stand, the nearest first."""
        if not contents:
            return
        self.filled = True
        renditions = [_rendition(one, index) for index, one in enumerate(contents) if one.get("url")]
        uri = next((rendition["href"] for rendition in renditions), None) or self._player(contents[0])
        if not uri:
            for one in contents:
                self._draft.keep("media:content", as_json(one))
            return
        title, text = self._word("title", about), self._word("description", about)
        media = {
            "uri": uri,
            "type": next((kind for one in contents if (kind := _kind(one))), None),
            "headlines": [{"value": title}] if title else None,
            "descriptions": [{"value": text}] if text else None,
            "by": self._word("credit", about),
            "copyrightNotice": self._word("copyright", about[:-1]),
            "renditions": renditions + self._thumbnails(about),
        }
        _associate(self._draft, contents[0], media)

    def add_lone(self) -> None:
        """Thumbnails, and words on media, of an entry that has no media."""
        for one in self._index.each(self._entry, *[(MEDIA, what) for what in _ABOUT]):
            if local(one) == "thumbnail" and one.get("url"):
                rendition = _thumbnail(one)
                _associate(self._draft, one, {"uri": rendition["href"], "type": "picture", "renditions": [rendition]})
            elif local(one) != "copyright":
                self._draft.keep(f"media:{local(one)}", as_json(one))

    def _word(self, what: str, about: tuple[Element, ...]) -> str | None:
        found = (self._index.word(element, (MEDIA, what)) for element in about)
        return next((unescaped(word[0]) for word in found if word), None)

    def _thumbnails(self, about: tuple[Element, ...]) -> list[dict[str, Any]]:
        found = (self._index.each(element, (MEDIA, "thumbnail")) for element in about)
        nearest = next((thumbnails for thumbnails in found if thumbnails), [])
        return [_thumbnail(one) for one in nearest if one.get("url")]

    def _player(self, content: Element) -> str | None:
        players = self._index.each(content, (MEDIA, "player"))
        return next((url for one in players if (url := one.get("url"))), None)


def _associate(draft: Draft, element: Element, found: dict[str, Any]) -> None:
    if draft.once("media", found["uri"]):
        found["renditions"] = [_without_blanks(rendition) for rendition in found["renditions"]]
        draft.add("associations", {"name": draft.next_name("associations", "media"), **found}, element)


def _without_blanks(rendition: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rendition.items() if value not in (None, "")}


def _rendition(content: Element, index: int) -> dict[str, Any]:
    frames = number(content.get("framerate"))
    return {
        "name": f"rendition{index + 1}" if index else "main",
        "href": resolved(content, (content.get("url") or "").strip(WHITE)),
        "contentType": content.get("type"),
        "width": size(content.get("width")),
        "height": size(content.get("height")),
        "sizeInBytes": size(content.get("fileSize")),
        "duration": size(content.get("duration")),
        "frameRate": frames if isinstance(frames, int | float) else None,
        "bitrate": content.get("bitrate"),
    }


def _thumbnail(element: Element) -> dict[str, Any]:
    return {
        "name": "thumbnail",
        "href": resolved(element, (element.get("url") or "").strip(WHITE)),
        "width": size(element.get("width")),
        "height": size(element.get("height")),
    }


def _kind(element: Element) -> str | None:
    medium = element.get("medium") or (element.get("type") or "").partition("/")[0]
    return _KINDS.get(medium.strip(WHITE).lower())
