"""uvicorn as newswire's services run it: one process, uvloop, httptools, no access log."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bench.peers.broadcast import Broadcast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from starlette.requests import Request
    from starlette.types import ASGIApp

    Follow = Callable[[Broadcast], Coroutine[None, None, None]]

HOST = "127.0.0.1"


def serve(app: ASGIApp, port: int) -> None:
    """Serve until a signal. Blocks."""
    uvicorn.run(
        app,
        host=HOST,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        # Else an open stream would keep the process.
        timeout_graceful_shutdown=1,
    )


def stream_app(follow: Follow) -> Starlette:
    """The stream's process: `follow` gives the broadcast what there is to send, for ever."""
    broadcast = Broadcast()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(follow(broadcast))
        yield
        following.cancel()

    return Starlette(routes=[Route("/stream", broadcast), Route("/readyz", ready)], lifespan=lifespan)


async def ready(_: Request) -> Response:
    """Once there is an answer, what comes before the serving is done."""
    return Response("ready")
