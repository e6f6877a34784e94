from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI, Request
from starlette.responses import Response

from newswire import problem
from newswire.health import health_routes
from newswire.room import Room
from newswire.telemetry.metrics import Meter
from tests.support.metering import sample
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Scope

    from newswire.errors import FailedError

PATH = "/v1/stories"


class Service:
    """Holds each call until it is let go."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.holds = 0
        self.turned_away: list[str] = []
        app = FastAPI(routes=[*health_routes({})])
        app.add_api_route(PATH, self.push, methods=["POST"], response_class=Response)
        problem.install(app)
        self.meter = Meter("ingest")
        room = Room(app, self.meter, self._turn_away, calls=2, body_bytes=1000)
        transport = httpx.ASGITransport(room)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://x")

    def _turn_away(self, scope: Scope, error: FailedError) -> None:
        self.turned_away.append(f"{scope['method']} {scope['path']}: {error}")

    async def push(self, request: Request) -> Response:
        body = await request.body()
        self.holds += 1
        await self.let_go.wait()
        return Response(str(len(body)))

    async def held(self, *sizes: int) -> list[asyncio.Task[httpx.Response]]:
        tasks = [asyncio.create_task(self.client.post(PATH, content=b"x" * size)) for size in sizes]

        async def enough() -> bool:
            return self.holds == len(sizes)

        await eventually(enough)
        return tasks


def refused(response: httpx.Response) -> bool:
    return (
        response.status_code == 503
        and response.headers["content-type"] == "application/problem+json"
        and response.headers["retry-after"] == "1"
    )


async def test_calls_are_bounded_and_health_is_not() -> None:
    service = Service()
    tasks = await service.held(10, 20)
    assert refused(await service.client.post(PATH))
    assert service.turned_away == ["POST /v1/stories: 2 calls are under way already"]
    assert sample(service.meter, "newswire_pushes_in_flight") == 2
    assert sample(service.meter, "newswire_push_bytes_in_flight") == 30
    assert (await service.client.get("/livez")).status_code == 200
    service.let_go.set()
    assert [response.text for response in await asyncio.gather(*tasks)] == ["10", "20"]
    assert (await service.client.post(PATH)).text == "0"
    assert sample(service.meter, "newswire_pushes_in_flight") == 0
    assert sample(service.meter, "newswire_push_bytes_in_flight") == 0


async def test_bodies_are_bounded_together() -> None:
    service = Service()
    tasks = await service.held(600)
    assert refused(await service.client.post(PATH, content=b"x" * 401))
    service.let_go.set()
    assert (await service.client.post(PATH, content=b"x" * 400)).text == "400"
    await asyncio.gather(*tasks)
    assert (await service.client.post(PATH, content=b"x" * 1000)).text == "1000"


async def test_a_body_is_refused_as_soon_as_it_is_too_much() -> None:
    service, sent = Service(), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 100

    assert refused(await service.client.post(PATH, content=endless()))
    assert sent == 11
