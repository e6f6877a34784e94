"""What a request asks for: query parameters, parsed and checked, each fault naming its parameter. Pure."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from newswire.errors import BadQueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Pairs = Iterable[tuple[str, str]]

FEED_LIMIT: Final = 20
FEED_LIMIT_MOST: Final = 100
CHANGES_LIMIT: Final = 100
CHANGES_LIMIT_MOST: Final = 1000
WAIT_SECONDS_MOST: Final = 60
NUMBER_MOST: Final = 2**53  # the largest integer that every JSON reader keeps exact
LAST_EVENT_ID: Final = "Last-Event-ID"

_INTEGER: Final = re.compile(r"-1|0|[1-9][0-9]{0,15}", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3})?", re.ASCII)
_CURSOR_FORMAT: Final = b"\x01"
_CURSOR: Final = re.compile(r"[A-Za-z0-9_-]{2,12}", re.ASCII)
_NAME_MOST: Final = 100
# The header wins over all of them.
AFTER_NAMES: Final = ("last_event_id", "lastEventID", "after")


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """A page of the feed: stories whose first visible change is below `before`."""

    limit: int = FEED_LIMIT
    before: int | None = None
    bodies: bool = False

    def turned(self, before: int) -> str:
        """The query string of the page that begins at another cursor."""
        pairs = [("cursor", cursor(before))]
        if self.limit != FEED_LIMIT:
            pairs.append(("limit", str(self.limit)))
        if self.bodies:
            pairs.append(("include", "bodies"))
        return urlencode(pairs)


@dataclass(frozen=True, slots=True)
class ChangesQuery:
    """A part of the change log; `after` None is from the oldest kept."""

    after: int | None = None
    limit: int = CHANGES_LIMIT
    wait_seconds: float = 0.0
    bodies: bool = False


@dataclass(frozen=True, slots=True)
class StreamQuery:
    """A stream; `after` None is from now."""

    after: int | None = None
    bodies: bool = False


def feed_query(pairs: Pairs) -> FeedQuery:
    """The parameters of /v1/feed. Raises BadQueryError."""
    given = _single(pairs, {"limit", "cursor", "include"})
    return FeedQuery(
        limit=_integer(given, "limit", FEED_LIMIT, 1, FEED_LIMIT_MOST),
        before=_ordinal(given["cursor"]) if "cursor" in given else None,
        bodies=_bodies(given),
    )


def page_query(pairs: Pairs) -> FeedQuery:
    """The parameters of the reader's list. Raises BadQueryError."""
    given = _single(pairs, {"cursor"})
    return FeedQuery(before=_ordinal(given["cursor"]) if "cursor" in given else None)


def no_query(pairs: Pairs) -> None:
    """For what takes no parameter at all. Raises BadQueryError."""
    _single(pairs, set())


def changes_query(pairs: Pairs) -> ChangesQuery:
    """The parameters of /v1/changes. Raises BadQueryError."""
    given = _single(pairs, {"after", "limit", "wait", "include"})
    return ChangesQuery(
        after=_number("after", given["after"]) if "after" in given else None,
        limit=_integer(given, "limit", CHANGES_LIMIT, 1, CHANGES_LIMIT_MOST),
        wait_seconds=_seconds(given),
        bodies=_bodies(given),
    )


def stream_query(pairs: Pairs, last_event_id: str | None) -> StreamQuery:
    """The parameters of /v1/stream, and its header. Raises BadQueryError."""
    given = _single(pairs, {*AFTER_NAMES, "include"})
    numbers = [_number(name, given[name]) for name in AFTER_NAMES if name in given]
    # Browsers leave the header out where they have no id; an empty one says the same.
    if last_event_id:
        numbers.insert(0, _number(LAST_EVENT_ID, last_event_id))
    return StreamQuery(after=numbers[0] if numbers else None, bodies=_bodies(given))


def cursor(ordinal: int) -> str:
    """The token that stands for an ordinal (>= 0)."""
    packed = ordinal.to_bytes(max(1, (ordinal.bit_length() + 7) // 8), "big")
    return urlsafe_b64encode(_CURSOR_FORMAT + packed).decode().rstrip("=")


def _ordinal(token: str) -> int:
    """The ordinal that a token stands for. Only what `cursor` makes is taken."""
    if _CURSOR.fullmatch(token):
        packed = _decoded(token)
        ordinal = int.from_bytes(packed[1:], "big")
        if packed[:1] == _CURSOR_FORMAT and ordinal <= NUMBER_MOST and cursor(ordinal) == token:
            return ordinal
    parameter, detail = "cursor", "not one that this feed gave out"
    raise BadQueryError(parameter, detail)


def _decoded(token: str) -> bytes:
    try:
        return urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return b""


def _single(pairs: Pairs, known: set[str]) -> dict[str, str]:
    """The values by name, where each name is known and given once."""
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise BadQueryError(name[:_NAME_MOST], "an unknown parameter")
        if name in given:
            raise BadQueryError(name, "given more than once")
        given[name] = value
    return given


def _integer(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    number = int(text) if _INTEGER.fullmatch(text) else None
    if number is None or not least <= number <= most:
        raise BadQueryError(name, f"not an integer from {least} to {most}")
    return number


def _number(name: str, text: str) -> int:
    """A change number, or -1 for what is before all of them."""
    return _integer({name: text}, name, -1, -1, NUMBER_MOST)


def _seconds(given: Mapping[str, str]) -> float:
    text = given.get("wait", "0")
    seconds = float(text) if _SECONDS.fullmatch(text) else None
    if seconds is None or seconds > WAIT_SECONDS_MOST:
        parameter, detail = "wait", f"not a number of seconds from 0 to {WAIT_SECONDS_MOST}"
        raise BadQueryError(parameter, detail)
    return seconds


def _bodies(given: Mapping[str, str]) -> bool:
    if given.get("include", "bodies") != "bodies":
        parameter, detail = "include", "only `bodies` can be included"
        raise BadQueryError(parameter, detail)
    return "include" in given
