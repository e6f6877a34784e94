"""What the projector reads of the store and writes to it: values only. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newswire.lifecycle import Kind, Story

RECEIPT_SECONDS: Final = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is remembered of a pushed event, for as many seconds."""

    id: str
    body: bytes
    seconds: int


@dataclass(frozen=True, slots=True)
class Write:
    """The effect of one record. A record without one still moves the offset.

    `pending`: the event to keep, b"" to drop what is kept, None to leave it. `card` and `bodies` are JSON; a change
    without a card is an ending. Instants in microseconds, `newest_ms` in milliseconds. The trace that
    `traceparent` names is kept with the change, and with the end of its embargo or its expiry to come.
    """

    offset: int
    uri: str
    newest_ms: int
    story: Story | None = None
    pending: bytes | None = None
    kind: Kind | None = None
    version: str | None = None
    card: bytes = b""
    bodies: bytes = b""
    release_us: int | None = None
    expire_us: int | None = None
    receipt: Receipt | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What the projector reads before a batch. `offset` is the last one applied, None when there is none."""

    offset: int | None
    whole: bool
    newest_ms: int
    stories: Mapping[str, Story]
    pending: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that the clock has to write: a release or an expiry of the story in this state.

    `traceparent` names the trace of what was pushed; what was stored before it was kept has none.
    """

    expire: bool
    uri: str
    story: Story
    traceparent: str | None = None
