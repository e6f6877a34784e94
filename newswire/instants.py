"""Date-times as newsrooms write them: read leniently, kept as they came where they are RFC 3339.

One without a zone is UTC. Nothing here reads a clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# What newsrooms send beside it: a blank for the T, no seconds, a comma, no colon in the offset, no zone at all.
_DATE_AND_TIME = re.compile(
    r"(?P<head>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"(?P<zone>[Zz]|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_TRUNCATED = re.compile(
    r"-?([1-9]\d*)?\d{4}(-(1[0-2]|0[1-9])(-(3[01]|0[1-9]|[12]\d)"
    r"(T(2[0-3]|[01]\d):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-](2[0-3]|[01]\d):[0-5]\d)?)?)?)?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NOT_A_DATE_TIME = "not a date-time (RFC 3339)"


def _moment(text: str) -> datetime:
    """The instant that a date-time names; without a zone it is UTC. Raises ValueError."""
    parts = _DATE_AND_TIME.fullmatch(text)
    if parts is None:
        raise ValueError(_NOT_A_DATE_TIME)
    # A leap second is the one before it: no two of our instants are that near.
    second = "59" if parts["second"] == "60" else parts["second"] or "00"
    plain = f"{parts['head']}:{second}.{parts['fraction'] or '0'}{(parts['zone'] or 'Z').upper()}"
    try:
        return datetime.fromisoformat(plain.replace(" ", "T"))
    except ValueError:
        # Not the library's text: it holds the input.
        raise ValueError(_NOT_A_DATE_TIME) from None


def instant_us(text: str) -> int:
    """Microseconds since 1970-01-01T00:00Z of a date-time; without a zone it is UTC. Raises ValueError."""
    return (_moment(text) - _EPOCH) // _MICROSECOND


def _date_time(text: str) -> str:
    moment = _moment(text)
    return text if _RFC3339.fullmatch(text) else moment.isoformat().replace("+00:00", "Z")


def _truncated_date_time(text: str) -> str:
    if not _TRUNCATED.fullmatch(text):
        msg = "not a year, a month, a day or a date-time"
        raise ValueError(msg)
    return text


DateTime = Annotated[str, AfterValidator(_date_time), WithJsonSchema({"type": "string", "format": "date-time"})]
TruncatedDateTime = Annotated[
    str,
    AfterValidator(_truncated_date_time),
    WithJsonSchema({"type": "string", "pattern": f"^({_TRUNCATED.pattern})$"}),
]
