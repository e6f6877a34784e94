"""Server-sent events from raw ASGI: what is sent goes to every reader there is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_BEHIND: Final = 1_000
_HEADERS: Final = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]


class Broadcast:
    """The stream's ASGI app. A reader that falls 1,000 events behind is let go."""

    def __init__(self) -> None:
        self._readers: set[asyncio.Queue[bytes]] = set()

    def send(self, document: bytes) -> None:
        """Give every reader an event."""
        event = b"event: new\ndata: " + document + b"\n\n"
        for reader in list(self._readers):
            try:
                reader.put_nowait(event)
            except asyncio.QueueFull:
                self._readers.discard(reader)

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Serve a reader until they leave."""
        reader: asyncio.Queue[bytes] = asyncio.Queue(_BEHIND)
        self._readers.add(reader)
        writing = asyncio.create_task(self._write(reader, send))
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._readers.discard(reader)
            writing.cancel()

    async def _write(self, reader: asyncio.Queue[bytes], send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        while reader in self._readers:
            await send({"type": "http.response.body", "body": await reader.get(), "more_body": True})
        await send({"type": "http.response.body", "body": b""})
