"""A reader of server-sent events, straight on an ASGI app."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message

PATIENCE_SECONDS = 5.0


class SseClient:
    """One connection. `taking` cleared is a reader that takes nothing; `transport` is cut by the server's abort."""

    def __init__(
        self, app: ASGIApp, query: str = "", headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.taking = asyncio.Event()
        self.taking.set()
        self.transport = self
        self.aborted = False
        self.received = 0
        self._app = app
        self._scope = {
            "type": "http",
            "method": method,
            "path": "/v1/stream",
            "raw_path": b"/v1/stream",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        }
        self._left = asyncio.Event()
        self._blocks: asyncio.Queue[str] = asyncio.Queue()
        self._rest = b""
        self._started = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._started.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.leave()
        await self.ended()

    def leave(self) -> None:
        """Close the connection from the reader's side."""
        self._left.set()

    def abort(self) -> None:
        """Be cut by the server."""
        self.aborted = True
        self.leave()

    async def ended(self) -> None:
        """Return once the server is through with this connection."""
        assert self._task is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._task

    async def block(self) -> str:
        """The next event, comment or `retry`, as text."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._blocks.get()

    async def event(self) -> dict[str, Any]:
        """The next event, its data parsed."""
        while True:
            fields = dict(line.split(": ", 1) for line in (await self.block()).split("\n") if ": " in line)
            if "event" in fields:
                return {"id": int(fields["id"]), "event": fields["event"], "data": orjson.loads(fields["data"])}

    async def events(self, count: int) -> list[dict[str, Any]]:
        """As many events."""
        return [await self.event() for _ in range(count)]

    @property
    def silent(self) -> bool:
        """Whether nothing more has come in."""
        return self._blocks.empty()

    async def _run(self) -> None:
        await self._app(self._scope, self._receive, self._send)

    async def _receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self.taking.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            self._started.set()
            return
        self.received += len(message.get("body", b""))
        *blocks, self._rest = (self._rest + message.get("body", b"")).split(b"\n\n")
        for block in blocks:
            self._blocks.put_nowait(block.decode())

    @property
    def body(self) -> bytes:
        """What came and is no event."""
        return self._rest
