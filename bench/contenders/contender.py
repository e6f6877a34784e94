"""Something that takes stories over HTTP and shows them on a stream."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from newswire.local.process import Child

START_SECONDS = 30.0
_STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Running:
    """Where it is, and which processes do its work, by name."""

    push_url: str
    stream_url: str
    pids: Mapping[str, Sequence[int]]
    headers: Mapping[str, str]


class Contender(Protocol):
    """One way to build it."""

    name: str

    def missing(self) -> str | None:
        """Why it cannot run on this machine, if it cannot."""

    def run(self, folder: Path) -> AbstractAsyncContextManager[Running]:
        """A fresh one, its data in an empty folder, stopped on leaving."""


@asynccontextmanager
async def started(*children: Child) -> AsyncIterator[None]:
    """Start one after the other, and stop them in the other direction."""
    try:
        for child in children:
            child.start()
            await child.wait_ready(START_SECONDS)
        yield
    finally:
        for child in reversed(children):
            await child.stop(_STOP_SECONDS)
