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
    """One entry of the change log; no card when the story is gone."""

    change: int
    kind: Kind
    uri: str
    version: str | None
    card: Card | None


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the change log, and the number that it was read up to."""

    changes: tuple[Change, ...]
    next: int


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was pushed under an event id, with the state of its story and the change that shows it, if any."""

    receipt: dict[str, Any]
    story: Story | None
    change: int | None


class Reader:
    """Reads the served epoch of one wire.

    Raises StoreError when Redis does not answer, NotWholeError while the view is being rebuilt.
    """

    def __init__(self, redis: Redis, wire: str) -> None:
        self._redis = redis
        self._root = f"{{{wire}}}"
        self._page = redis.register_script(script("page"))
        self._story = redis.register_script(script("story"))
        self._changes = redis.register_script(script("changes"))
        self._receipt = redis.register_script(script("receipt"))

    async def page(self, before: int | None, limit: int, *, bodies: bool) -> Page:
        """Up to `limit` stories whose first visible change is below `before`."""
        # One more than asked for tells whether there is more.
        args = ["" if before is None else before, limit + 1, int(bodies)]
        head, uris, ordinals, cards, texts = await self._call(self._page, args)
        found = [
            Card(uri.decode(), item, text)
            for uri, item, text in zip(uris, cards, texts or [b""] * len(uris), strict=True)
        ]
        cursor = int(ordinals[limit - 1]) if len(found) > limit else None
        return Page(int(head), tuple(found[:limit]), cursor)

    async def story(self, uri: str) -> Found:
        """What is known of one story; a visible one comes with its bodies."""
        head, state, *rest = await self._call(self._story, [uri])
        card = Card(uri, rest[0], rest[1]) if rest else None
        return Found(int(head), stub.decode(state) if state else None, card)

    async def changes(self, after: int | None, limit: int, *, bodies: bool) -> Slice:
        """The log after a number, from the oldest kept when it is None.

        Raises GoneError when the number is older than what is kept, or past the head.
        """
        args = ["" if after is None else after, limit, int(bodies)]
        head, floor, known, *rest = await self._call(self._changes, args)
        if not known:
            msg = f"the log is kept after change {int(floor)} and ends at {int(head)}"
            raise GoneError(msg)
        entries, cards, texts = rest
        found = tuple(
            _change(entry, item, text)
            for entry, item, text in zip(entries, cards, texts or [b""] * len(entries), strict=True)
        )
        return Slice(found, found[-1].change if len(found) == limit else int(head))

    async def head(self) -> int:
        """The last visible change, -1 when there is none."""
        head, *_ = await self._call(self._page, ["", 0, 0])
        return int(head)

    async def receipt(self, event_id: str) -> Pushed | None:
        """What was pushed under an event id; None when it is unknown."""
        answer = await self._call(self._receipt, [event_id])
        if not answer:
            return None
        receipt, state, change = answer
        return Pushed(orjson.loads(receipt), stub.decode(state) if state else None, int(change) if change else None)

    async def wait(self, after: int) -> None:
        """Return when a change after a number is there, or after a second: the caller looks again."""
        with store_errors():
            epoch = cast("bytes | None", await self._redis.get(f"{self._root}:epoch"))
            key = f"{self._root}:{(epoch or b'1').decode()}:changes"
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


def _change(entry: list[Any], item: bytes | None, bodies: bytes | None) -> Change:
    number, fields = entry
    named = dict(zip(fields[::2], fields[1::2], strict=True))
    uri = named[b"uri"].decode()
    version = named.get(b"version")
    return Change(
        change=int(number.split(b"-")[0]),
        kind=named[b"kind"].decode(),
        uri=uri,
        version=None if version is None else version.decode(),
        card=None if item is None else Card(uri, item, bodies or b""),
    )
