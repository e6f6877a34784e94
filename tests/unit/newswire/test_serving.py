from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from starlette.applications import Starlette

from newswire.health import health_routes
from newswire.measured import Measured
from newswire.serving import listen, run_together, serve
from newswire.telemetry.metrics import Meter
from tests.support.metering import sample
from tests.support.waiting import eventually


def app() -> Starlette:
    return Starlette(routes=health_routes({}))


async def test_a_taken_port_is_an_error_and_ends_the_other_parts() -> None:
    stop, ended = asyncio.Event(), asyncio.Event()

    async def other() -> None:
        await stop.wait()
        ended.set()

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="cannot listen on"):
        await run_together(stop, other(), serve(app(), "127.0.0.1", taken.getsockname()[1], stop))
    assert ended.is_set()


async def test_serves_until_the_stop() -> None:
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(app(), "127.0.0.1", port, stop))
    transport = httpx.AsyncHTTPTransport(retries=5)
    async with httpx.AsyncClient(transport=transport) as client:
        assert (await client.get(f"http://127.0.0.1:{port}/livez")).status_code == 200
    stop.set()
    await asyncio.wait_for(serving, 10)


async def test_what_no_app_has_refused_is_counted() -> None:
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    stop, meter = asyncio.Event(), Meter("ingest")
    serving = asyncio.create_task(serve(Measured(app(), meter, lambda _: "x"), "127.0.0.1", port, stop))
    await eventually(lambda: answers(port))
    for nonsense in (b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(nonsense)
        assert b"application/problem+json" in await reader.read()
        writer.close()
    stop.set()
    await asyncio.wait_for(serving, 10)
    assert sample(meter, "newswire_refused_total", reason="http-400") == 1
    assert sample(meter, "newswire_refused_total", reason="http-431") == 1


async def answers(port: int) -> bool:
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{port}/livez")).is_success
    except httpx.TransportError:
        return False


async def test_the_first_error_is_raised_and_what_does_not_end_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newswire.serving.DRAIN_SECONDS", -0.9)
    cancelled = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def failing() -> None:
        msg = "broken"
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="broken"):
        await run_together(asyncio.Event(), stubborn(), failing())
    assert cancelled.is_set()
