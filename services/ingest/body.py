"""A request's body, counted as it comes and as it unpacks: Content-Length may lie, and gzip may be a bomb."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from newswire.errors import MalformedError, TooLargeError, UnsupportedError

if TYPE_CHECKING:
    from starlette.types import Receive

_GZIP_WINDOW: Final = 31
# RFC 1952 lets a file be many members. Real ones are one; thousands of empty ones are an attack on our time.
_MAX_MEMBERS: Final = 16
# What gzip adds to bytes that it cannot compress.
_GZIP_SLACK_BYTES: Final = 4096


async def read(receive: Receive, coding: str | None, limit_bytes: int) -> bytes:
    """The whole body as it was sent. Raises TooLargeError past the limit, UnsupportedError and MalformedError."""
    return await _read_raw(receive, limit_bytes + _GZIP_SLACK_BYTES if is_gzip(coding) else limit_bytes)


def unpack(sent: bytes, coding: str | None, limit_bytes: int) -> bytes:
    """What was sent without its coding. Raises TooLargeError past the limit, MalformedError and UnsupportedError."""
    return gunzip(sent, limit_bytes) if is_gzip(coding) else sent


def is_gzip(coding: str | None) -> bool:
    """Whether a `Content-Encoding` is gzip. Raises UnsupportedError for all others but identity."""
    name = (coding or "identity").strip().lower()
    if name in ("gzip", "x-gzip"):
        return True
    if name != "identity":
        msg = "a Content-Encoding that is not taken here: gzip or none"
        raise UnsupportedError(msg)
    return False


async def _read_raw(receive: Receive, limit_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            msg = "the connection ended within the body"
            raise MalformedError(msg)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def gunzip(packed: bytes, limit_bytes: int) -> bytes:
    """The unpacked bytes, never more than the limit in memory. Raises TooLargeError and MalformedError."""
    parts: list[bytes] = []
    room = limit_bytes
    for _ in range(_MAX_MEMBERS):
        stream = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = stream.decompress(packed, room + 1)
        except zlib.error as error:
            msg = "not gzip"
            raise MalformedError(msg) from error
        room -= len(part)
        if room < 0:
            raise _too_large(limit_bytes)
        if not stream.eof:
            msg = "gzip that ends too early"
            raise MalformedError(msg)
        parts.append(part)
        packed = stream.unused_data
        if not packed:
            return b"".join(parts)
    msg = f"gzip of more than {_MAX_MEMBERS} members"
    raise MalformedError(msg)


def _too_large(limit_bytes: int) -> TooLargeError:
    return TooLargeError(f"larger than {limit_bytes} bytes")
