from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from newswire.errors import ForbiddenError
from newswire.measured import SEND_KEY, Measured
from newswire.problem import answer
from newswire.telemetry.metrics import Meter
from tests.support.metering import sample

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/forbidden":
        # A wrapper in between may hand a copy of the scope on.
        await answer(ForbiddenError("not yours"))({**scope}, receive, send)
    elif scope["path"] == "/left":
        await receive()
    elif scope["path"] == "/bug":
        raise ZeroDivisionError
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def meter() -> Meter:
    return Meter("feed")


async def get(meter: Meter, path: str) -> int:
    measured = Measured(app, meter, lambda scope: scope["path"], frozenset({"/stream"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(measured), base_url="http://test") as client:
        return (await client.get(path)).status_code


async def test_a_request_is_counted_and_timed(meter: Meter) -> None:
    await get(meter, "/feed")
    await get(meter, "/feed")
    assert sample(meter, "newswire_requests_total", route="/feed", status="200") == 2
    assert sample(meter, "newswire_request_seconds_count", route="/feed") == 2


async def test_a_stream_is_not_timed(meter: Meter) -> None:
    await get(meter, "/stream")
    assert sample(meter, "newswire_requests_total", route="/stream", status="200") == 1
    assert sample(meter, "newswire_request_seconds_count", route="/stream") is None


async def test_a_refusal_is_counted_by_its_reason(meter: Meter) -> None:
    assert await get(meter, "/forbidden") == 403
    assert sample(meter, "newswire_requests_total", route="/forbidden", status="403") == 1
    assert sample(meter, "newswire_refused_total", reason="forbidden") == 1


async def test_what_the_server_refuses_by_itself_is_counted(meter: Meter) -> None:
    Measured(app, meter, lambda _: "x").refuse(431)
    assert sample(meter, "newswire_refused_total", reason="http-431") == 1


async def test_a_bug_goes_through_and_is_counted(meter: Meter) -> None:
    with pytest.raises(ZeroDivisionError):
        await get(meter, "/bug")
    assert sample(meter, "newswire_requests_total", route="/bug", status="499") == 1


async def test_a_stream_finds_the_servers_own_way_out() -> None:
    found: list[object] = []

    async def stream(scope: Scope, _: Receive, __: Send) -> None:
        found.append(scope[SEND_KEY])

    async def nothing(*_: Message) -> Message:
        raise AssertionError

    await Measured(stream, Meter("feed"), lambda _: "x")({"type": "http", "path": "/"}, nothing, nothing)
    assert found == [nothing]
