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


async def test_a_bug_is_told_as_a_problem_and_counted_as_one(meter: Meter) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    measured = Measured(app, meter, lambda scope: scope["path"])
    with pytest.raises(ZeroDivisionError):
        await measured({"type": "http", "path": "/bug", "headers": []}, receive, send)
    assert sent[0]["status"] == 500
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]
    assert sample(meter, "newswire_requests_total", route="/bug", status="500") == 1
    assert sample(meter, "newswire_refused_total", reason="internal") == 1


async def test_who_goes_away_before_the_answer_is_counted_apart(meter: Meter) -> None:
    await Measured(app, meter, lambda scope: scope["path"])({"type": "http", "path": "/left"}, _disconnected, _unsent)
    assert sample(meter, "newswire_requests_total", route="/left", status="499") == 1


async def _disconnected() -> Message:
    return {"type": "http.disconnect"}


async def _unsent(message: Message) -> None:
    raise AssertionError(message)


async def test_a_stream_finds_the_servers_own_way_out() -> None:
    found: list[object] = []

    async def stream(scope: Scope, _: Receive, __: Send) -> None:
        found.append(scope[SEND_KEY])

    await Measured(stream, Meter("feed"), lambda _: "x")({"type": "http", "path": "/"}, _disconnected, _unsent)
    assert found == [_unsent]
