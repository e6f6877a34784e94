"""The manners of a representation over HTTP: validators, content coding, what a cache may do. Pure.

Sources: RFC 9110 (conditional requests, Accept-Encoding), RFC 9111. A cache must ask before each use, since it must
not outlive a kill; a 304 is cheap.
"""

from __future__ import annotations

import gzip
import re
from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON: Final = "application/json"
_GZIP_LEVEL: Final = 3
_DIGEST_BYTES: Final = 9
_TAGS: Final = re.compile(r'"[^"]*"')
_CODING: Final = re.compile(r"\s*(gzip|x-gzip|\*)\s*(?:;\s*q=([0-9.]+)\s*)?", re.ASCII | re.IGNORECASE)
_COMMON: Final = {"Cache-Control": "public, no-cache", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}


def digest(*parts: bytes) -> str:
    """A short name of some bytes."""
    hashed = blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        hashed.update(len(part).to_bytes(8, "big"))
        hashed.update(part)
    return urlsafe_b64encode(hashed.digest()).decode()


def etag(name: str, asked: Mapping[str, str]) -> str:
    """The strong validator of a representation in the coding that these request headers lead to."""
    return f'"{name}-gzip"' if takes_gzip(asked) else f'"{name}"'


def unchanged(name: str, asked: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Response | None:
    """The 304 for a client that has this representation already."""
    tag = etag(name, asked)
    known = asked.get("if-none-match", "")
    if known.strip() != "*" and tag not in _TAGS.findall(known):
        return None
    return Response(status_code=304, headers={**_COMMON, **(headers or {}), "ETag": tag})


def respond(
    body: bytes, media_type: str, name: str, asked: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> Response:
    """A representation called `name` (another for each content), or 304 for a client that has it."""
    kept = unchanged(name, asked, headers)
    if kept is not None:
        return kept
    answer = Response(body, 200, {**_COMMON, **(headers or {}), "ETag": etag(name, asked)}, media_type)
    if takes_gzip(asked):
        # The same bytes at each time, since the validator is a strong one.
        answer.body = gzip.compress(body, _GZIP_LEVEL, mtime=0)
        answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Content-Length"] = str(len(answer.body))
    return answer


def takes_gzip(asked: Mapping[str, str]) -> bool:
    """Whether Accept-Encoding allows gzip."""
    for part in asked.get("accept-encoding", "").split(","):
        found = _CODING.fullmatch(part)
        if found:
            return (found[2] or "1").strip("0.") != ""
    return False
