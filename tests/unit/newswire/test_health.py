from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
from starlette.applications import Starlette

from newswire import health
from newswire.errors import StoreError
from newswire.health import health_routes

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
    assert response.json() == {"status": "pass", "checks": {"a": [{"status": "pass"}]}}


async def test_not_ready_when_one_fails_and_it_says_which() -> None:
    response = await ask("/readyz", a=fine, b=broken)
    assert response.status_code == 503
    assert response.json()["checks"]["b"] == [{"status": "fail", "output": "no Redis"}]


async def test_a_check_that_never_answers_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.01)
    assert (await ask("/readyz", a=silent)).status_code == 503


async def test_alive_whatever_fails() -> None:
    assert (await ask("/livez", b=broken)).status_code == 200
