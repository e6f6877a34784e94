from __future__ import annotations

import pytest

from newswire.instants import instant_us


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01t00:00:00.000001z", 1),
        ("1970-01-01 00:00", 0),
        ("1970-01-01T01:00:00,5+0100", 500_000),
        ("1970-01-01T00:00:60Z", 59_000_000),
        ("0001-01-01T00:00:00+14:00", -62135647200000000),
        ("9999-12-31T23:59:59-14:00", 253402351199000000),
    ],
)
def test_an_instant_without_a_zone_is_utc(text: str, microseconds: int) -> None:
    assert instant_us(text) == microseconds
