"""The newest changes of this process as encoded server-sent events, shared by all of its streams. Pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

import orjson

from services.feed.item import change_start, item

if TYPE_CHECKING:
    from services.feed.store.reader import Change

EVENTS_MOST: Final = 1024
BYTES_MOST: Final = 32 * 1024 * 1024
# A reader that is behind gets its backlog in writes of about this size.
WRITE_BYTES: Final = 256 * 1024
_JOINS_MOST: Final = 16


@dataclass(frozen=True, slots=True)
class Event:
    """One change on the wire: without bodies, with them, and as it is once its story is gone."""

    change: int
    uri: str
    plain: bytes
    full: bytes
    gone: bytes

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.plain) + (0 if self.full is self.plain else len(self.full))


def encode(change: Change, public_url: str) -> Event:
    """The event of a change."""
    start = b"id: %d\nevent: %b\ndata: %b" % (change.change, change.kind.encode(), change_start(change))
    gone = start + b"null}\n\n"
    if change.card is None:
        return Event(change.change, change.uri, gone, gone, gone)
    plain = b"%b%b}\n\n" % (start, item(change.card, public_url, bodies=False))
    full = b"%b%b}\n\n" % (start, item(change.card, public_url, bodies=True)) if change.card.bodies else plain
    return Event(change.change, change.uri, plain, full, gone)


def encode_reset(head: int) -> bytes:
    """The event that tells of a gap: what follows is after `head`."""
    return b"id: %d\nevent: reset\ndata: %b\n\n" % (head, orjson.dumps({"change": head}))


class Ring:
    """Every change after `floor` and up to `last`, the oldest dropped first. Not for threads."""

    def __init__(self, start: int = -1, *, events_most: int = EVENTS_MOST, bytes_most: int = BYTES_MOST) -> None:
        self.floor = start
        self.last = start
        self._events_most = events_most
        self._bytes_most = bytes_most
        self._events: list[Event] = []
        self._size = 0
        self._joins: dict[tuple[int, bool], tuple[bytes, int]] = {}

    def restart(self, at: int) -> None:
        """Begin anew after a change number."""
        self._events.clear()
        self._joins.clear()
        self._size = 0
        self.floor = self.last = at

    def append(self, event: Event) -> None:
        """Take the next change. One that ends its story takes the story out of the earlier ones, too."""
        if event.plain is event.gone:
            self._forget(event.uri)
        self._events.append(event)
        self._joins.clear()
        self._size += event.size
        self.last = event.change
        while len(self._events) > self._events_most or (self._size > self._bytes_most and len(self._events) > 1):
            dropped = self._events.pop(0)
            self._size -= dropped.size
            self.floor = dropped.change

    def after(self, position: int, *, bodies: bool) -> tuple[bytes, int] | None:
        """Some of the events after a position, and the position after them; None when some are here no more."""
        if position < self.floor:
            return None
        if position >= self.last:
            return b"", position
        known = self._joins.get((position, bodies))
        if known is None:
            known = self._join(position, bodies=bodies)
            # Most readers are at the same position: they share one join. Each append empties the cache.
            if len(self._joins) < _JOINS_MOST:
                self._joins[position, bodies] = known
        return known

    def _join(self, position: int, *, bodies: bool) -> tuple[bytes, int]:
        chunks: list[bytes] = []
        size = 0
        for event in islice(self._events, bisect_right(self._events, position, key=_change), None):
            chunks.append(event.full if bodies else event.plain)
            size += len(chunks[-1])
            position = event.change
            if size >= WRITE_BYTES:
                break
        return b"".join(chunks), position

    def _forget(self, uri: str) -> None:
        """Nothing of a story that is gone is served from memory, to readers that are behind either."""
        for index, event in enumerate(self._events):
            if event.uri == uri and event.plain is not event.gone:
                self._size -= event.size - len(event.gone)
                self._events[index] = replace(event, plain=event.gone, full=event.gone)


def _change(event: Event) -> int:
    return event.change
