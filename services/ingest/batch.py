"""Batches in JSON: an array, or a story a line (NDJSON). Pure.

A fault in the array's JSON refuses it whole, since what comes after it cannot be told; in NDJSON it refuses its line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import orjson

from newswire.errors import InvalidError, TooLargeError, UnsupportedError, Violation, ViolationError
from services.ingest import strictjson
from services.ingest.formats import Read, Reader, essence_of, ninjs
from services.ingest.formats.outcome import MAX_STORIES

if TYPE_CHECKING:
    from newswire.article import Article

STORY_BYTES: Final = 1024 * 1024
_LINES = re.compile(r"application/(?:x-)?(?:ndjson|jsonl|jsonlines)|application/json-seq", re.IGNORECASE)
# White space, and what a record of RFC 7464 begins with.
_AROUND: Final = b" \t\r\x1e"
_ARRAY = re.compile(r"application/json", re.IGNORECASE)


def reader_for(content_type: str | None) -> Reader:
    """What reads a batch of this `Content-Type`. Raises UnsupportedError."""
    essence = essence_of(content_type)
    if _ARRAY.fullmatch(essence):
        return Reader(read_array, several=True)
    if _LINES.fullmatch(essence):
        return Reader(read_lines, several=True)
    msg = "a Content-Type that is not taken here: application/json for an array, application/x-ndjson for lines"
    raise UnsupportedError(msg)


def read_array(text: bytes) -> Read:
    """The stories of a JSON array. Raises MalformedError, TooLargeError and ViolationError for it as a whole."""
    values = strictjson.load(text)
    if not isinstance(values, list):
        msg = "a batch is a JSON array"
        raise ViolationError(msg, (Violation("", msg),))
    _require_count(len(values))
    return Read(tuple([_outcome(orjson.dumps(value), value) for value in values]), single=False)


def read_lines(text: bytes) -> Read:
    """The stories of NDJSON; empty lines are skipped. Raises TooLargeError for too many."""
    given = (line.strip(_AROUND) for line in text.removeprefix(strictjson.BOM).split(b"\n"))
    lines = [line for line in given if line]
    _require_count(len(lines))
    return Read(tuple([_outcome(line) for line in lines]), single=False)


def _outcome(text: bytes, value: object = None) -> Article | InvalidError:
    if len(text) > STORY_BYTES:
        return TooLargeError(f"larger than {STORY_BYTES} bytes")
    try:
        return ninjs.parse(text) if value is None else ninjs.parse_value(value, text)
    except InvalidError as error:
        return error


def _require_count(count: int) -> None:
    if count > MAX_STORIES:
        msg = f"more than {MAX_STORIES} stories"
        raise TooLargeError(msg)
