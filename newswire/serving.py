"""Runs an ASGI app on one port until a signal, and the service's own tasks beside it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import socket
from typing import TYPE_CHECKING, Final

import uvicorn

from newswire.measured import Measured
from newswire.protocol import Limits, limited

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

    from starlette.types import ASGIApp

DRAIN_SECONDS: Final = 3
BACKLOG: Final = 2048
LIMITS: Final = Limits()


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: who stops when is the service's to say."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def stop_event() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set. Call inside the running loop."""
    stop = asyncio.Event()
    set_on_signals(stop)
    return stop


def set_on_signals(stop: asyncio.Event) -> None:
    """Let SIGINT and SIGTERM set an event. Call inside the running loop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises OSError when the port cannot be had: uvicorn alone would call sys.exit."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        msg = f"cannot listen on {host}:{port}: {error.strerror}"
        raise OSError(error.errno, msg) from error


async def serve(app: ASGIApp, host: str, port: int, stop: asyncio.Event, limits: Limits = LIMITS) -> None:
    """Serve until `stop` is set, then let open requests end for up to 3 s. Raises OSError as `listen` does."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        backlog=BACKLOG,
        http=limited(limits, app.refuse if isinstance(app, Measured) else None),
        # Else a websockets library that happens to be installed would be given connections, out of all limits.
        ws="none",
        # uvicorn's own timer, of 5 s by default, must not be earlier than ours.
        timeout_keep_alive=math.ceil(limits.silent_seconds),
        lifespan="off",
    )
    with listen(host, port) as listening:
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        server.should_exit = True
        await serving


async def run_together(stop: asyncio.Event, *parts: Coroutine[object, object, None]) -> None:
    """Run a service's parts until `stop`; the first that fails stops the others, and its error is raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    stopping = asyncio.create_task(stop.wait())
    try:
        # A part that ends is as good as one that fails: none of them has a reason to end before `stop`.
        await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        await asyncio.wait(tasks, timeout=DRAIN_SECONDS + 1)
    finally:
        stopping.cancel()
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
