"""The feed's side of the read model. Each answer is one script's, so it is true at one change number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from newswire.errors import GoneError, NotWholeError
from services.feed.store import stub
from services.feed.store.connection import script, store_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis
    from redis.commands.core import AsyncScript

    from newswire.lifecycle import Kind, Story

WAKE_MS: Final = 1_000
# A story has up to a megabyte and more: what is longer than this would hold up Redis and the feed's event loop.
ANSWER_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Card:
    """A visible story: JSON of the item without its bodies and url, and JSON of the bodies or nothing."""

    uri: str
    item: bytes
    bodies: bytes = b""


@dataclass(frozen=True, slots=True)
class Page:
    """Stories, newest first; `change` is the last visible change (-1: none); `cursor` leads on, None at the end."""

    change: int
    cards: tuple[Card, ...]
    cursor: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of one uri: its state (None: unknown), and its card when it is visible."""

    change: int
    story: Story | None
    card: Card | None


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change log; no card when the story is gone. `trace_id` is for logs, not for readers."""

    change: int
    kind: Kind
    uri: str
    version: str | None
    card: Card | None
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the change log, and the number that it was read up to; `change` is the last visible change."""

    change: int
    changes: tuple[Change, ...]
    next: int


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was pushed under an event id, with the state of its story and the change that shows it, if any."""

    receipt: dict[str, Any]
    story: Story | None
    change: int | None


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of an event id (None: nothing) when `change` was the last visible change."""

    change: int
    pushed: Pushed | None


class Reader:
    """Reads the served epoch of one wire. A page or a part of the log over `answer_bytes` ends early.

    Raises StoreError when Redis does not answer, NotWholeError while the view is being rebuilt.
    """

    def __init__(self, redis: Redis, wire: str, *, answer_bytes: int = ANSWER_BYTES) -> None:
        self._redis = redis
        self._answer_bytes = answer_bytes
        self._root = f"{{{wire}}}"
        self._epoch = b"1"
        self._page = redis.register_script(script("page"))
        self._story = redis.register_script(script("story"))
        self._changes = redis.register_script(script("changes"))
        self._receipt = redis.register_script(script("receipt"))

    async def page(self, before: int | None, limit: int, *, bodies: bool) -> Page:
        """Up to `limit` stories whose first visible change is below `before`; at least one, if there is one."""
        args = ["" if before is None else before, limit, int(bodies), self._answer_bytes]
        head, uris, items, texts, cursor = await self._call(self._page, args)
        cards = tuple(Card(uri.decode(), item, text) for uri, item, text in zip(uris, items, texts, strict=True))
        return Page(int(head), cards, int(cursor) if cursor else None)

    async def story(self, uri: str) -> Found:
        """What is known of one story; a visible one comes with its bodies."""
        head, state, *rest = await self._call(self._story, [uri])
        card = Card(uri, rest[0], rest[1]) if rest else None
        return Found(int(head), stub.decode(state) if state else None, card)

    async def changes(self, after: int | None, limit: int, *, bodies: bool) -> Slice:
        """Up to `limit` changes after a number, from the oldest kept when it is None; at least one, if there is one.

        Raises GoneError when the number is older than what is kept, or past the head.
        """
        args = ["" if after is None else after, limit, int(bodies), self._answer_bytes]
        head, floor, *rest = await self._call(self._changes, args)
        if not rest:
            msg = f"the log is kept after change {int(floor)} and ends at {int(head)}"
            raise GoneError(msg)
        entries, items, texts, following, self._epoch = rest
        found = tuple(_change(*each) for each in zip(entries, items, texts, strict=True))
        return Slice(int(head), found, int(following))

    async def head(self) -> int:
        """The last visible change, -1 when there is none."""
        head, *_ = await self._call(self._page, ["", 0, 0, 0])
        return int(head)

    async def receipt(self, event_id: str) -> Trace:
        """What was pushed under an event id."""
        head, *known = await self._call(self._receipt, [event_id])
        if not known:
            return Trace(int(head), None)
        receipt, state, change = known
        story = stub.decode(state) if state else None
        return Trace(int(head), Pushed(orjson.loads(receipt), story, int(change) if change else None))

    async def wait(self, after: int) -> None:
        """Return when a change after a number is there, or after a second: the caller looks again."""
        with store_errors():
            # Where the last look was; should the epoch change meanwhile, the next one is a second later.
            key = f"{self._root}:{self._epoch.decode()}:changes"
            # -1 means before change 0, whose id is 0-1.
            last = f"{after}-1" if after >= 0 else "0-0"
            await self._redis.xread({key: last}, count=1, block=WAKE_MS)

    async def _call(self, lua: AsyncScript, args: Sequence[Any]) -> list[Any]:
        with store_errors():
            answer = await lua(keys=[self._root], args=list(args))
        if answer is None:
            msg = "the view is being rebuilt from the log"
            raise NotWholeError(msg)
        return cast("list[Any]", answer)


def _change(entry: list[Any], item: bytes | None, bodies: bytes) -> Change:
    number, fields = entry
    named = dict(zip(fields[::2], fields[1::2], strict=True))
    uri = named[b"uri"].decode()
    version, trace = named.get(b"version"), named.get(b"trace")
    return Change(
        change=int(number.split(b"-")[0]),
        kind=named[b"kind"].decode(),
        uri=uri,
        version=None if version is None else version.decode(),
        card=None if item is None else Card(uri, item, bodies),
        trace_id=None if trace is None else trace.decode(),
    )
