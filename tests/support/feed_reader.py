"""The feed's read model in memory: answers as services.feed.store.reader.Reader does."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from newswire.errors import GoneError, NewswireError
from newswire.lifecycle import Kind, Ref, Story, Version
from services.feed.card import timestamp
from services.feed.store.reader import Card, Change, Found, Page, Pushed, Reader, Slice, Trace

BASE_MS = 1_700_000_000_000


class FakeReader(Reader):
    """`fault`, while it is set, is what every question ends with; `room` is how many items an answer has room for.

    `trace_id` is what each entry of the change log is kept with.
    """

    def __init__(self) -> None:
        self.fault: NewswireError | None = None
        self.room = 10_000
        self.trace_id: str | None = None
        self.stories: dict[str, Story] = {}
        self.receipts: dict[str, dict[str, Any]] = {}
        self.floor = -1
        self.asked: list[str] = []
        self._log: list[tuple[int, Kind, str, str | None]] = []
        self._cards: dict[int, Card] = {}
        self._current: dict[str, int] = {}
        self._moved = asyncio.Event()

    # What the projector does.

    def show(self, uri: str, change: int | None = None, **item: Any) -> int:
        """Make a version visible; gives its change number."""
        number = self._next() if change is None else change
        before = self.stories.get(uri)
        first = number if before is None or before.first < 0 else before.first
        version = Version(Ref(0, number), 0, item.get("version"), 0)
        bodies = item.pop("bodies", None)
        item = {"headlines": [{"value": f"About {uri}"}]} | item
        item |= {
            "uri": uri,
            "provider": "agency",
            "published": timestamp(BASE_MS + first),
            "updated": timestamp(BASE_MS + number),
            "change": number,
            "enrichment": {"tags": [], "produced_by": {}} | item.get("enrichment", {}),
        }
        self._cards[number] = Card(uri, orjson.dumps(item), b"" if bodies is None else orjson.dumps(bodies))
        kind: Kind = "update" if uri in self._current else "new"
        self._current[uri] = number
        self.stories[uri] = Story("agency", candidate=version, phase="visible", visible=version, first=first)
        self._announce(number, kind, uri, item.get("version"))
        return number

    def end(self, uri: str, kind: Kind = "kill", change: int | None = None) -> int:
        """Let nothing of a story be visible any more; gives the change number."""
        number = self._next() if change is None else change
        self._cards = {change: card for change, card in self._cards.items() if card.uri != uri}
        self._current.pop(uri)
        before = self.stories[uri]
        self.stories[uri] = Story("agency", killed=kind == "kill", first=before.first, ended=kind)
        self._announce(number, kind, uri, None)
        return number

    def trim(self, upto: int) -> None:
        """Keep only the changes after a number."""
        self._log = [entry for entry in self._log if entry[0] > upto]
        self.floor = upto

    def roll_back(self, head: int) -> None:
        """Forget the changes after a number, as a Redis that lost its last writes."""
        log, self._log = self._log, []
        self._cards.clear()
        self._current.clear()
        self.stories.clear()
        for number, kind, uri, version in log:
            if number > head:
                break
            if kind in {"new", "update"}:
                self.show(uri, number, **({} if version is None else {"version": version}))
            else:
                self.end(uri, kind, number)
        self._moved.set()
        self._moved.set()

    # What the feed asks.

    async def page(self, before: int | None, limit: int, *, bodies: bool) -> Page:
        await self._begin("page")
        limit = min(limit, self.room)
        firsts = {uri: self.stories[uri].first for uri in self._current}
        below = [uri for uri, first in firsts.items() if before is None or first < before]
        newest = sorted(below, key=lambda uri: -firsts[uri])
        cards = tuple(self._card(self._current[uri], bodies=bodies) for uri in newest[:limit])
        cursor = firsts[newest[limit - 1]] if len(newest) > limit else None
        return Page(self._head, tuple(filter(None, cards)), cursor)

    async def story(self, uri: str) -> Found:
        await self._begin("story")
        card = self._card(self._current.get(uri, -1), bodies=True)
        return Found(self._head, self.stories.get(uri), card)

    async def changes(self, after: int | None, limit: int, *, bodies: bool) -> Slice:
        await self._begin("changes")
        if after is not None and not self.floor <= after <= self._head:
            msg = f"the log is kept after change {self.floor} and ends at {self._head}"
            raise GoneError(msg)
        entries = [entry for entry in self._log if after is None or entry[0] > after][: min(limit, self.room)]
        found = tuple(
            Change(number, kind, uri, version, self._card(number, bodies=bodies), self.trace_id)
            for number, kind, uri, version in entries
        )
        return Slice(self._head, found, found[-1].change if found else self._head)

    async def head(self) -> int:
        await self._begin("head")
        return self._head

    async def receipt(self, event_id: str) -> Trace:
        await self._begin("receipt")
        known = self.receipts.get(event_id)
        if known is None:
            return Trace(self._head, None)
        pushed = Pushed(known, self.stories.get(known["uri"]), self._current.get(known["uri"]))
        return Trace(self._head, pushed)

    async def wait(self, after: int) -> None:
        await self._begin("wait")
        while self._head == after:
            self._moved.clear()
            await self._moved.wait()

    # Within.

    @property
    def _head(self) -> int:
        return max((entry[0] for entry in self._log), default=self.floor)

    def _next(self) -> int:
        return max(self._head, *self._cards, -1) + 1 if self._cards else self._head + 1

    def _card(self, change: int, *, bodies: bool) -> Card | None:
        card = self._cards.get(change)
        return card if card is None or bodies else Card(card.uri, card.item)

    def _announce(self, number: int, kind: Kind, uri: str, version: str | None) -> None:
        self._log.append((number, kind, uri, version))
        self._moved.set()

    async def _begin(self, question: str) -> None:
        self.asked.append(question)
        # Others run meanwhile, as they do while a real Redis is asked.
        await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault
