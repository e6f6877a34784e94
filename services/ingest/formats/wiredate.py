"""Date-times as the formats write them, made RFC 3339 with their zone kept.

What cannot be read comes back as it is: validation then names it. Without a zone it is UTC.
"""

from __future__ import annotations

import re
from typing import Final

_NORM = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)
_RFC822 = re.compile(
    r"(?:[a-z]{3,9}\.?,?\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]{0,6}\.?[\s-]+(\d{4}|\d\d),?\s+"
    r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?\s*([+-]\d\d:?\d\d|[a-z]{1,3})?(?:\s*\([^()]*\))?",
    re.ASCII | re.IGNORECASE,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# RFC 822's own; others are no zones that all agree on. Military letters were defined wrongly there, and mean UTC.
_ZONES: Final = {
    "": "Z", "z": "Z", "ut": "Z", "utc": "Z", "gmt": "Z",
    "est": "-05:00", "edt": "-04:00", "cst": "-06:00", "cdt": "-05:00",
    "mst": "-07:00", "mdt": "-06:00", "pst": "-08:00", "pdt": "-07:00",
}  # fmt: skip
# RFC 2822 on years of two digits.
_CENTURY_TURNS: Final = 50


def from_norm(text: str | None) -> str | None:
    """NITF's `norm`, ISO 8601 in its basic or its extended form: `20261124T183025+0100`."""
    text = (text or "").strip()
    parts = _NORM.fullmatch(text)
    if parts is None:
        return text or None
    year, month, day, hour, minute, second, fraction, zone = parts.groups()
    tail = f".{fraction}" if fraction else ""
    return f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{tail}{_offset(zone or 'Z')}"


def from_rfc822(text: str | None) -> str | None:
    """RSS's `pubDate`: `Tue, 24 Nov 2026 18:30:25 +0100`; ISO 8601, which many feeds have there, as it is."""
    text = (text or "").strip()
    parts = _RFC822.fullmatch(text)
    if parts is None:
        return text or None
    day, month, year, hour, minute, second, zone = parts.groups()
    offset = _ZONES.get((zone or "").lower()) or (_offset(zone) if zone and zone[0] in "+-" else None)
    if month.lower() not in _MONTHS or offset is None:
        return text
    number = _MONTHS.index(month.lower()) + 1
    return f"{_year(year)}-{number:02d}-{int(day):02d}T{int(hour):02d}:{minute}:{second or '00'}{offset}"


def from_start(text: str | None) -> str | None:
    """A bare date is its first second; only for what decides nothing but an order."""
    return _with_time(text, "T00:00:00Z")


def until_end(text: str | None) -> str | None:
    """A bare date is its last second: what expires with a day is good for all of it."""
    return _with_time(text, "T23:59:59Z")


def _with_time(text: str | None, time: str) -> str | None:
    date = _DATE.fullmatch((text or "").strip())
    return f"{date[1]}-{date[2]}-{date[3]}{time}" if date else text


def _offset(zone: str) -> str:
    if zone == "Z":
        return zone
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def _year(text: str) -> str:
    if len(text) > 2:  # noqa: PLR2004 - a full year
        return text
    return f"{20 if int(text) < _CENTURY_TURNS else 19}{text}"
