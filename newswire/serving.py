"""Runs an ASGI app on one port until a signal, and the service's own tasks beside it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

    from starlette.types import ASGIApp

DRAIN_SECONDS = 5


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: who stops when is the service's to say."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def stop_event() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set. Call inside the running loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


async def serve(app: ASGIApp, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, then let open requests end for up to 5 s.

    Raises OSError when the port cannot be had: uvicorn alone would call sys.exit.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        h11_max_incomplete_event_size=64 * 1024,
        http="httptools",
        lifespan="off",
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stop.set()
    try:
        await serving
    except SystemExit as error:
        msg = f"cannot serve on {host}:{port}"
        raise OSError(msg) from error


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
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
