"""The formats of what is pushed: told by --format, else by a file's suffix, else by how its text begins. Pure.

It decides between JSON and XML, and which Content-Type is sent; which XML it is, ingest tells by the root element.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from newswire.cli.stories import JSON, Story, split

AUTO: Final = "auto"
_XML: Final = "application/xml"
_TYPES: Final = {
    "ninjs": JSON,
    "newsml-g2": _XML,
    "nitf": _XML,
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
}
FORMATS: Final = (AUTO, *_TYPES)
_SUFFIXES: Final = {
    ".json": JSON,
    ".ndjson": JSON,
    ".jsonl": JSON,
    ".xml": _XML,
    ".newsml": _XML,
    ".nitf": _XML,
    ".rss": _TYPES["rss"],
    ".atom": _TYPES["atom"],
}
# The marks of UTF-8 and UTF-16, UTF-16's other half of a character, and white space.
_BEFORE_TEXT: Final = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"


def content_type(form: str, name: str, text: bytes) -> str:
    """What a file's text is sent as. `form` is one of FORMATS."""
    told = _TYPES.get(form) or _SUFFIXES.get(PurePath(name).suffix.lower())
    return told or (_XML if text.lstrip(_BEFORE_TEXT).startswith(b"<") else JSON)


def stories(form: str, name: str, text: bytes) -> list[Story]:
    """What is to be pushed of a file; nothing when it is empty."""
    found = content_type(form, name, text)
    if found == JSON:
        return split(text, name)
    return [Story(text, None, name, found)] if text.strip() else []
