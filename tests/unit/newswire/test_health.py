from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import httpx
import structlog
from starlette.applications import Starlette

from newswire import health
from newswire.errors import StoreError
from newswire.health import Observed, health_routes
from newswire.version import version
from tests.support.waiting import eventually

if TYPE_CHECKING:
    import pytest


async def fine() -> None:
    return


async def broken() -> None:
    msg = "no Redis"
    raise StoreError(msg)


async def silent() -> None:
    await asyncio.Event().wait()


async def ask(path: str, **checks: health.Check) -> httpx.Response:
    transport = httpx.ASGITransport(app=Starlette(routes=health_routes(checks)))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


async def test_ready_when_all_pass() -> None:
    response = await ask("/readyz", a=fine)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/health+json"
    told = response.json()
    assert told.pop("releaseId") == version()
    assert datetime.fromisoformat(told["checks"]["a"][0].pop("time")).tzinfo
    assert told == {"status": "pass", "checks": {"a": [{"status": "pass"}]}}


async def test_not_ready_when_one_fails_and_it_says_which() -> None:
    response = await ask("/readyz", a=fine, b=broken)
    assert response.status_code == 503
    [told] = response.json()["checks"]["b"]
    assert (told["status"], told["output"]) == ("fail", "no Redis")


async def test_what_was_measured_is_told_and_what_is_odd_is_a_warning() -> None:
    async def skewed() -> Observed:
        return Observed(1.5, "s", "clocks differ")

    response = await ask("/readyz", **{"clock:kafka": skewed})
    assert (response.status_code, response.json()["status"]) == (200, "warn")
    [told] = response.json()["checks"]["clock:kafka"]
    assert (told["observedValue"], told["observedUnit"], told["output"]) == (1.5, "s", "clocks differ")


async def test_many_who_ask_at_once_are_one_question_even_when_the_first_leaves() -> None:
    asked, let_go = 0, asyncio.Event()

    async def slow() -> None:
        nonlocal asked
        asked += 1
        await let_go.wait()

    async def waits() -> bool:
        return asked > 0

    app = Starlette(routes=health_routes({"a": slow}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        first, *others = [asyncio.create_task(client.get("/readyz")) for _ in range(5)]
        await eventually(waits)
        first.cancel()
        await asyncio.wait({first})
        let_go.set()
        assert [answer.status_code for answer in await asyncio.gather(*others)] == [200] * 4
        assert asked == 1
        assert (await client.get("/readyz")).status_code == 200
        assert asked == 2


async def test_a_check_that_never_answers_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.01)
    assert (await ask("/readyz", a=silent)).status_code == 503


async def test_a_bug_in_a_check_fails_it_by_name_and_is_logged_once() -> None:
    async def buggy() -> None:
        raise ZeroDivisionError

    app = Starlette(routes=health_routes({"a": buggy, "b": fine}))
    with structlog.testing.capture_logs() as lines:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            for _ in range(2):
                response = await client.get("/readyz")
                assert (response.status_code, response.headers["content-type"]) == (503, health.MEDIA_TYPE)
                [told] = response.json()["checks"]["a"]
                assert (told["status"], told["output"]) == ("fail", "ZeroDivisionError")
    [line] = lines
    assert (line["event"], line["check"], line["error_type"]) == ("check_failed", "a", "ZeroDivisionError")


async def test_alive_whatever_fails() -> None:
    assert (await ask("/livez", b=broken)).status_code == 200
