"""Routing on the path as it was sent.

Starlette routes on the decoded path, where `/v1/stories/https%3A%2F%2Fx%2Fversions` could be the story `https://x`
or its versions. Behind this wrapper a `{uri}` is one segment, still percent-encoded; `story_uri` decodes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from newswire.errors import MalformedError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class RawPath:
    """An ASGI wrapper: `path` becomes the undecoded path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its raw path."""
        if scope["type"] == "http" and scope.get("raw_path"):
            scope = {**scope, "path": scope["raw_path"].partition(b"?")[0].decode("ascii", "replace")}
        await self._app(scope, receive, send)


def story_uri(segment: str) -> str:
    """The uri in a path segment. Raises MalformedError when it is not UTF-8."""
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError as error:
        msg = "the uri in the path is not percent-encoded UTF-8"
        raise MalformedError(msg) from error
