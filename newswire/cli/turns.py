"""Whose turn it is: which of many stories may be sent now, and which of them together. Pure.

The versions of a story wait for each other, and so do all documents in XML, whose uris only ingest can read. No two of
one uri are under way at once, not even in one batch: what is sent again after a failure would overtake the later one.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newswire.cli.stories import JSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newswire.cli.stories import Story

_DOCUMENTS = ("documents",)


@dataclass(frozen=True, slots=True)
class Most:
    """How much goes together. One story goes whatever its size."""

    stories: int
    size_bytes: int


class Turns:
    """Over stories in the order given, told by their indices."""

    def __init__(self, stories: Sequence[Story], most: Most) -> None:
        self._stories = stories
        self._most = most
        self._next: dict[int, int] = {}
        self._ready: list[int] = []
        last: dict[object, int] = {}
        for index, story in enumerate(stories):
            line = _line(index, story)
            if line in last:
                self._next[last[line]] = index
            else:
                self._ready.append(index)
            last[line] = index

    def take(self) -> list[int]:
        """What may be sent together now, the first ones first; nothing while all that is left waits for its turn."""
        taken: list[int] = []
        size = 0
        while self._ready and self._fits(taken, size):
            index = heapq.heappop(self._ready)
            size += len(self._stories[index].text)
            taken.append(index)
        return taken

    def release(self, taken: Sequence[int]) -> None:
        """What was taken is dealt with: it is the turn of those that come after."""
        for index in taken:
            if index in self._next:
                heapq.heappush(self._ready, self._next[index])

    def _fits(self, taken: Sequence[int], size_bytes: int) -> bool:
        if not taken:
            return True
        story, first = self._stories[self._ready[0]], self._stories[taken[0]]
        lines = story.content_type == first.content_type == JSON
        room = size_bytes + len(story.text) <= self._most.size_bytes
        return lines and room and len(taken) < self._most.stories


def _line(index: int, story: Story) -> object:
    if story.content_type != JSON:
        return _DOCUMENTS
    return index if story.uri is None else story.uri
