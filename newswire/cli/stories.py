"""Stories in files: one JSON object, a JSON array, or one object a line. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOM: Final = b"\xef\xbb\xbf"
_GAP: Final = re.compile(r"[\s,]*")


@dataclass(frozen=True, slots=True)
class Story:
    """One story to push: what is sent, and its uri as far as it can be read here."""

    text: bytes
    uri: str | None


def split(text: bytes) -> list[Story]:
    """The stories of a file, as they stand wherever possible: what is wrong with one is ingest's to say."""
    text = text.removeprefix(_BOM).strip()
    if not text:
        return []
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [_story(line) for line in text.splitlines() if line.strip()]
    if isinstance(value, list):
        # As json.loads decodes it; a lone surrogate is ingest's to refuse.
        array = text.decode(json.detect_encoding(text), "surrogatepass")
        return [Story(part.encode("utf-8", "surrogatepass"), _uri(json.loads(part))) for part in _items(array)]
    return [Story(text, _uri(value))]


def _items(array: str) -> Iterator[str]:
    """The items of a JSON array as they are written: decoded and encoded anew they would lose, say, a duplicate key."""
    decoder = json.JSONDecoder()
    at = _GAP.match(array, 1).end()  # type: ignore[union-attr] # it matches the empty string
    while array[at] != "]":
        end = decoder.raw_decode(array, at)[1]
        yield array[at:end]
        at = _GAP.match(array, end).end()  # type: ignore[union-attr] # as above


def _story(line: bytes) -> Story:
    try:
        return Story(line, _uri(json.loads(line)))
    except (ValueError, RecursionError):
        return Story(line, None)


def _uri(value: object) -> str | None:
    uri = value.get("uri") if isinstance(value, dict) else None
    return uri if isinstance(uri, str) else None
