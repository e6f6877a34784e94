"""Room for so many calls at once, and for so many bytes of their bodies; whoever finds none is told to come again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from newswire.errors import FailedError
from newswire.problem import answer
from newswire.telemetry.metrics import PUSH_BYTES_HELD, PUSHES_HELD

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from newswire.telemetry.metrics import Meter

# Health and documentation hold nothing, and a crowded service is alive.
_COUNTED: Final = "/v1/"


class Room:
    """An ASGI wrapper that bounds what the calls under way hold in memory: 503 past it, before or within a body.

    `refused` is told of the calls that the app never hears of.
    """

    def __init__(
        self, app: ASGIApp, meter: Meter, refused: Callable[[Scope, FailedError], None], *, calls: int, body_bytes: int
    ) -> None:
        self._app = app
        self._refused = refused
        self._most_calls = calls
        self._most_bytes = body_bytes
        self._calls = 0
        self._bytes = 0
        # Looked up when they are asked for: nothing is counted twice, nor on the way of a push.
        meter.gauge(PUSHES_HELD).set_function(lambda: self._calls)
        meter.gauge(PUSH_BYTES_HELD).set_function(lambda: self._bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, if there is room."""
        if scope["type"] != "http" or not scope["path"].startswith(_COUNTED):
            await self._app(scope, receive, send)
        elif self._calls >= self._most_calls:
            error = FailedError(f"{self._calls} calls are under way already")
            self._refused(scope, error)
            await answer(error)(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        held = 0

        async def counted() -> Message:
            """Raise FailedError where the wrapped app would have read more than there is room for."""
            nonlocal held
            message = await receive()
            size = len(message.get("body", b""))
            held += size
            self._bytes += size
            if self._bytes > self._most_bytes:
                msg = "the calls under way hold as much as they may already"
                raise FailedError(msg)
            return message

        self._calls += 1
        try:
            await self._app(scope, counted, send)
        finally:
            self._calls -= 1
            self._bytes -= held
