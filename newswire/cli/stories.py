"""Stories in files: one JSON object, a JSON array, or one object a line. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

_BOM: Final = b"\xef\xbb\xbf"


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
        return [
            Story(json.dumps(item, ensure_ascii=False).encode("utf-8", "backslashreplace"), _uri(item))
            for item in value
        ]
    return [Story(text, _uri(value))]


def _story(line: bytes) -> Story:
    try:
        return Story(line, _uri(json.loads(line)))
    except (ValueError, RecursionError):
        return Story(line, None)


def _uri(value: object) -> str | None:
    uri = value.get("uri") if isinstance(value, dict) else None
    return uri if isinstance(uri, str) else None
