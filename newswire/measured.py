"""Counts a service's requests: by route and status, how long they took, and why they were refused.

Pure ASGI, outermost. What is refused before there is a request (`newswire.protocol`) is told by `refuse`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from newswire.problem import SCOPE_KEY, Refusal, problem_response
from newswire.telemetry.metrics import REFUSED, REQUEST_SECONDS, REQUESTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import Counter, Histogram
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from newswire.telemetry.metrics import Meter

SEND_KEY: Final = "newswire.send"
"""Where an ASGI scope holds the server's own `send`: a stream, once it has begun, spares each message this layer."""

# As nginx calls it: the caller went away before there was an answer.
_GONE: Final = 499


class Measured:
    """An ASGI app that counts what passes through to another one.

    `route_of` names a request's route, one of a few; the `untimed` ones last as long as their readers like.
    """

    def __init__(
        self, app: ASGIApp, meter: Meter, route_of: Callable[[Scope], str], untimed: frozenset[str] = frozenset()
    ) -> None:
        self._app = app
        self._route_of = route_of
        self._untimed = untimed
        self._requests = meter.counter(REQUESTS)
        self._seconds = meter.histogram(REQUEST_SECONDS)
        # A look at a label costs ten times as much as counting: routes and statuses are few.
        self._answered: dict[tuple[str, int], Counter] = {}
        self._timed: dict[str, Histogram] = {}
        self._refused = meter.counter(REFUSED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count it when it is over."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Call(send)
        scope[SCOPE_KEY] = call.refusal
        scope[SEND_KEY] = send
        began = time.perf_counter()
        try:
            await self._app(scope, receive, call.send)
        except Exception:  # an outermost loop: a bug is counted as one, and told as any problem is
            if call.status == _GONE:
                refusal = problem_response(500, "internal", "an error of ours; it is in the log")
                await refusal(scope, receive, call.send)
            raise
        finally:
            self._count(self._route_of(scope), call, time.perf_counter() - began)

    def refuse(self, status: int) -> None:
        """Count what the server refused by itself."""
        self._refused.labels(f"http-{status}").inc()

    def _count(self, route: str, call: _Call, seconds: float) -> None:
        answered = self._answered.get((route, call.status))
        if answered is None:
            answered = self._answered[route, call.status] = self._requests.labels(route, call.status)
        answered.inc()
        if route not in self._untimed:
            timed = self._timed.get(route)
            if timed is None:
                timed = self._timed[route] = self._seconds.labels(route)
            timed.observe(seconds)
        if call.refusal.reason:
            self._refused.labels(call.refusal.reason).inc()


class _Call:
    """One request: what its answer was."""

    def __init__(self, send: Send) -> None:
        self.status = _GONE
        self.refusal = Refusal()
        self._send = send

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)
