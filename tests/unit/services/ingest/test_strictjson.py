from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newswire.errors import InvalidError, MalformedError, TooLargeError
from services.ingest.strictjson import MAX_NESTING, load
from tests.support.cost import cpu_bounded

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.sampled_from([0, 1]))
@example({"a": '":', "b": '"', "c": "\\"}, None, 0)
def test_reads_what_json_reads(value: Any, indent: Any, ascii_only: Any) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=bool(ascii_only))
    assert load(text.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"nul",
        b"{",
        b'{"a":1,}',
        b'{"a":1} {}',
        b"{'a':1}",
        b'{"a":NaN}',
        b"Infinity",
        b"-Infinity",
        b"1e999",
        b"01",
        b'"\x00"',
        b'"\n"',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\\ud800x"',
        b'"\\x41"',
        b'{"a":1,"a":1}',
        b'{"a":1,"a" : 2}',
        b'{"a":{"b":1,"b":2}}',
        b'[{"a":1},{"b":1,"b":2}]',
        b'{"a":1,"\\u0061":2}',
        b'{"":1,"":2}',
        '{"a":1}'.encode("utf-16"),
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b"9" * 400,
    ],
)
def test_refuses(text: bytes) -> None:
    with pytest.raises(MalformedError):
        load(text)


def test_a_byte_order_mark_is_skipped() -> None:
    assert load(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


def test_a_colon_in_a_string_is_no_key() -> None:
    assert load(b'{"a":"\\":\\":","b":"::{[","c\\"":1}') == {"a": '":":', "b": "::{[", 'c"': 1}


@pytest.mark.parametrize("depth", [MAX_NESTING + 1, 1_000, 100_000, 500_000])
def test_nesting_is_bounded(depth: int) -> None:
    for text in (nested(depth), b"[" * depth, b'{"a":' * depth, b'["x",' * depth):
        with pytest.raises(TooLargeError):
            load(text)


def test_the_deepest_that_is_taken() -> None:
    assert load(nested(MAX_NESTING)) is not None
    assert load(b"[" + b",".join([nested(2)] * 200) + b"]") is not None
    assert load(b'"' + b"[" * 1000 + b'"') == "[" * 1000


@pytest.mark.parametrize(
    "text",
    [b'\\"' * 500_000, b'"\\' * 300_000, b'"' * 999_999, b'"' + b"\\\\" * 500_000, b"[" * 80 + b'"\\"' * 300_000],
)
def test_broken_strings_cost_no_more_than_their_length(text: bytes) -> None:
    with cpu_bounded(1), pytest.raises(InvalidError):
        load(text)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    try:
        load(text)
    except InvalidError:
        return


@given(VALUES.filter(lambda value: isinstance(value, dict) and value))
def test_a_repeated_key_is_found_wherever_it_stands(value: Any) -> None:
    text = json.dumps(value)
    key = json.dumps(next(iter(value)))
    with pytest.raises(MalformedError):
        load(f"{text[:-1]}, {key} :[]}}".encode())
