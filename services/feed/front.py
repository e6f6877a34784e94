"""What stands before FastAPI: streams go their own way, HEAD is a GET, browsers of other origins may read.

Pure ASGI: Starlette's BaseHTTPMiddleware would put a queue and a task between a response and its reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import MutableHeaders

from newswire.rawpath import RawPath

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

STREAM_PATH: Final = "/v1/stream"
# They last as long as their readers like.
UNTIMED: Final = frozenset({STREAM_PATH, "/v1/changes"})
_PATHS: Final = frozenset({"/", "/v1/feed", "/livez", "/readyz", "/docs", "/openapi.json", *UNTIMED})
_SEGMENTS: Final = (
    ("/v1/stories/", "/v1/stories/{uri}"),
    ("/v1/receipts/", "/v1/receipts/{id}"),
    ("/stories/", "/stories/{uri}"),
    ("/static/", "/static/{name}"),
)
_ALLOW: Final = "GET, HEAD, OPTIONS"
_PREFLIGHT: Final = (
    (b"allow", _ALLOW.encode()),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", _ALLOW.encode()),
    (b"access-control-allow-headers", b"Last-Event-ID, If-None-Match, Cache-Control, traceparent"),
    (b"access-control-max-age", b"86400"),
)


def route_of(scope: Scope) -> str:
    """A request's route, as it is counted: one of a few, whatever was asked for."""
    path = scope["path"]
    if path in _PATHS:
        return str(path)
    return next((route for start, route in _SEGMENTS if path.startswith(start)), "other")


class Front:
    """The ASGI app of the feed as readers meet it."""

    def __init__(self, app: ASGIApp, streams: ASGIApp) -> None:
        self._app = RawPath(app)
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a request where it belongs."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": list(_PREFLIGHT)})
            await send({"type": "http.response.body", "body": b""})
        elif scope["path"] == STREAM_PATH:
            await self._streams(scope, receive, send)
        else:
            # The server leaves the body out: what it looks at is its own scope.
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            await self._app({**scope, "method": method}, receive, _Open(send))


class _Open:
    """A `send` that lets other origins read the response."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After"
            if "allow" in headers:
                headers["Allow"] = _ALLOW
        await self._send(message)
