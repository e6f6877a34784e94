"""The wire formats: one file each, and the choice between them by media type and, for XML, by the root element."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from newswire.errors import UnsupportedError
from services.ingest.formats import ninjs, xml
from services.ingest.formats.roots import Single, reader_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from newswire.article import Article
    from newswire.errors import InvalidError


_WORD: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_JSON = re.compile(rf"application/(?:{_WORD}\+)?json", re.IGNORECASE)
# NITF was registered before there was a "+xml".
_XML = re.compile(rf"(?:application|text)/(?:xml|{_WORD}\+xml|vnd\.iptc\.nitf)", re.IGNORECASE)
_PARAMETER = re.compile(rf'\s*;\s*(?:({_WORD})=({_WORD}|"(?:[^"\\]|\\.)*"))?\s*')
# A request's header can be 64 KiB; no media type that we know is.
_MAX_CHARS: Final = 256


@dataclass(frozen=True, slots=True)
class Read:
    """What a body held: its stories, or what is wrong with each; one alone, or those of a feed or a message."""

    stories: tuple[Article | InvalidError, ...]
    single: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """How a body is read; `several` where it may hold more than one story, and so be as large as a batch.

    `read` raises MalformedError, TooLargeError, UnsupportedError and ViolationError for the body as a whole.
    """

    read: Callable[[bytes], Read]
    several: bool


def reader_for(content_type: str | None) -> Reader:
    """What reads a body of this `Content-Type`. Raises UnsupportedError.

    XML is told by its root element alone: what calls itself `application/rss+xml` and is Atom is read as Atom.
    """
    if content_type == "application/json":
        return _JSON_READER
    essence, charset = _parts(content_type)
    if _JSON.fullmatch(essence):
        _require_utf8(charset)
        return _JSON_READER
    if _XML.fullmatch(essence):
        return Reader(partial(_read_xml, charset=charset), several=True)
    msg = "a Content-Type that is not taken here: application/json or another …+json, application/xml or another …+xml"
    raise UnsupportedError(msg)


def essence_of(content_type: str | None) -> str:
    """The media type of a body in JSON, without parameters. Raises UnsupportedError for a charset but utf-8."""
    essence, charset = _parts(content_type)
    _require_utf8(charset)
    return essence


def _read_json(text: bytes) -> Read:
    return Read((ninjs.parse(text),), single=True)


_JSON_READER: Final = Reader(_read_json, several=False)


def _read_xml(text: bytes, charset: str | None) -> Read:
    root = xml.load(text, charset)
    reader = reader_of(root)
    if isinstance(reader, Single):
        return Read((reader.parse(root),), single=True)
    return Read(reader.parse_all(root), single=False)


def _parts(content_type: str | None) -> tuple[str, str | None]:
    """The media type without its parameters, and the charset among them."""
    essence, semicolon, parameters = (content_type or "").partition(";")
    charsets = _charsets(f";{parameters}") if semicolon and len(parameters) <= _MAX_CHARS else set()
    if len(parameters) > _MAX_CHARS or charsets is None or len(charsets) > 1:
        msg = "a Content-Type whose parameters cannot be read"
        raise UnsupportedError(msg)
    return essence.strip(), next(iter(charsets), None)


def _charsets(parameters: str) -> set[str] | None:
    found, end = set(), 0
    for match in _PARAMETER.finditer(parameters):
        if match.start() != end:
            return None
        end = match.end()
        name, value = match.groups(default="")
        if name.lower() == "charset":
            found.add(value.strip('"').lower())
    return found if end == len(parameters) else None


def _require_utf8(charset: str | None) -> None:
    if charset not in (None, "utf-8", "utf8"):
        msg = "a charset other than utf-8"
        raise UnsupportedError(msg)
