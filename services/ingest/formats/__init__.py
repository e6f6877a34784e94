"""The wire formats: one file each, and the choice between them by media type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from newswire.errors import UnsupportedError
from services.ingest.formats import ninjs

if TYPE_CHECKING:
    from collections.abc import Callable

    from newswire.article import Article

    Parser = Callable[[bytes], Article]

_WORD: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_JSON = re.compile(rf"application/(?:{_WORD}\+)?json", re.IGNORECASE)
_PARAMETER = re.compile(rf'\s*;\s*(?:({_WORD})=({_WORD}|"(?:[^"\\]|\\.)*"))?\s*')
# A request's header can be 64 KiB; no media type that we know is.
_MAX_CHARS: Final = 256


def parser_for(content_type: str | None) -> Parser:
    """What reads a body of this `Content-Type`. Raises UnsupportedError."""
    if content_type == "application/json":
        return ninjs.parse
    media_type, _, parameters = (content_type or "").partition(";")
    if not _JSON.fullmatch(media_type.strip()) or len(parameters) > _MAX_CHARS:
        msg = "a Content-Type that is not taken here: application/json, application/ninjs+json or another …+json"
        raise UnsupportedError(msg)
    if parameters and not _is_utf8(f";{parameters}"):
        msg = "a charset other than utf-8, or parameters that cannot be read"
        raise UnsupportedError(msg)
    return ninjs.parse


def _is_utf8(parameters: str) -> bool:
    end = 0
    for match in _PARAMETER.finditer(parameters):
        if match.start() != end:
            return False
        end = match.end()
        name, value = match.groups(default="")
        if name.lower() == "charset" and value.strip('"').lower() not in ("utf-8", "utf8"):
            return False
    return end == len(parameters)
