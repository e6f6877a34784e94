"""Stories in files: one JSON object, a JSON array, or one object a line. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON: Final = "application/json"
_BOM: Final = b"\xef\xbb\xbf"
_GAP: Final = re.compile(r"[\s,]*")
# White space, and what a record of RFC 7464 begins with: for ingest a line of these is none.
_AROUND: Final = b" \t\r\x1e"


@dataclass(frozen=True, slots=True)
class Story:
    """One story to push: what is sent, and its uri as far as it can be read here. A document in XML may hold several.

    `place` says where it stands, for whoever has to mend it.
    """

    text: bytes
    uri: str | None
    place: str = ""
    content_type: str = JSON


def split(text: bytes, name: str = "") -> list[Story]:
    """The stories of a file, as they stand wherever possible: what is wrong with one is ingest's to say."""
    text = text.removeprefix(_BOM)
    whole = text.strip()
    if not whole:
        return []
    try:
        value = json.loads(whole)
    except (ValueError, RecursionError):
        return list(_lines(text, name))
    if isinstance(value, list):
        # As json.loads decodes it; a lone surrogate is ingest's to refuse.
        array = whole.decode(json.detect_encoding(whole), "surrogatepass")
        return [
            Story(part.encode("utf-8", "surrogatepass"), _uri(json.loads(part)), _place(name, "story", number))
            for number, part in enumerate(_items(array), 1)
        ]
    return [Story(whole, _uri(value), name)]


def nth(place: str, number: int) -> str:
    """Where the n-th story of a document stands, counted from 1."""
    return _place(place, "story", number)


def _place(name: str, kind: str, number: int) -> str:
    return f"{name}, {kind} {number}".removeprefix(", ")


def _items(array: str) -> Iterator[str]:
    """The items of a JSON array as they are written: decoded and encoded anew they would lose, say, a duplicate key."""
    decoder = json.JSONDecoder()
    at = _GAP.match(array, 1).end()  # type: ignore[union-attr] # it matches the empty string
    while array[at] != "]":
        end = decoder.raw_decode(array, at)[1]
        yield array[at:end]
        at = _GAP.match(array, end).end()  # type: ignore[union-attr] # as above


def _lines(text: bytes, name: str) -> Iterator[Story]:
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if found := line.strip(_AROUND):
            yield _story(found, _place(name, "line", number) if len(lines) > 1 else name)


def _story(line: bytes, place: str) -> Story:
    try:
        return Story(line, _uri(json.loads(line)), place)
    except (ValueError, RecursionError):
        return Story(line, None, place)


def _uri(value: object) -> str | None:
    """As ingest finds it: Superdesk's `guid` is stronger."""
    names = (value.get("guid"), value.get("uri")) if isinstance(value, dict) else ()
    return next((name for name in names if isinstance(name, str)), None)
