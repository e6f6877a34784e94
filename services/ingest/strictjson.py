"""JSON as RFC 8259 and RFC 7493 have it: no duplicate keys, no NaN, no lone surrogates, bounded nesting.

orjson refuses all but two of these by itself. Nesting and duplicate keys are counted, first with cheap upper
bounds that are exact for nearly every real story, and with a look at the structure alone where those do not settle it.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any, Final

import orjson

from newswire.errors import MalformedError, TooLargeError

MAX_NESTING: Final = 64
BOM: Final = b"\xef\xbb\xbf"
_MEMBER = re.compile(rb'"[ \t\r\n]*:')
# Also matches a string that never ends: else each quote in the rest would be tried, in quadratic time.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.?+[^"\\]*+)*+(?:"|\Z)', re.DOTALL)
_STEP: Final = [1 if byte in b"[{" else -1 if byte in b"]}" else 0 for byte in range(256)]


def load(text: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    """The value of a JSON text; a UTF-8 byte order mark is skipped. Raises MalformedError and TooLargeError."""
    text = text.removeprefix(BOM)
    _bound_nesting(text)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        msg = f"not JSON: {error}"
        raise MalformedError(msg) from error
    _refuse_duplicates(text, value)
    return value


def _bound_nesting(text: bytes) -> None:
    if text.count(b"{") + text.count(b"[") <= MAX_NESTING:
        return
    depths = accumulate(map(_STEP.__getitem__, _structure(text)))
    if max(depths, default=0) > MAX_NESTING:
        msg = f"nested deeper than {MAX_NESTING} levels"
        raise TooLargeError(msg)


def _refuse_duplicates(text: bytes, value: object) -> None:
    kept = _members(value)
    # A quote and a colon inside a string make the first count too high, never too low.
    if len(_MEMBER.findall(text)) == kept or _structure(text).count(b":") == kept:
        return
    msg = "an object has the same key twice"
    raise MalformedError(msg)


def _structure(text: bytes) -> bytes:
    return _STRING.sub(b"", text)


def _members(value: object) -> int:
    """How many key-value pairs a value holds, at all levels."""
    if type(value) is dict:
        return len(value) + sum([_members(item) for item in value.values() if type(item) in (dict, list)])
    if type(value) is list:
        return sum([_members(item) for item in value if type(item) in (dict, list)])
    return 0
