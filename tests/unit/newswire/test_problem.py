from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from newswire import errors
from newswire.problem import describe, install

PAGES = Path(__file__).parents[3] / "docs" / "problems"


def leaves(kind: type[errors.NewswireError]) -> list[type[errors.NewswireError]]:
    below = kind.__subclasses__()
    return [kind, *(leaf for child in below for leaf in leaves(child))]


@pytest.mark.parametrize(
    "kind", [kind for kind in leaves(errors.NewswireError) if kind.__module__ == "newswire.errors"]
)
def test_every_problem_has_a_page(kind: type[errors.NewswireError]) -> None:
    arguments: dict[type[errors.NewswireError], tuple[object, ...]] = {
        errors.GapError: (3,),
        errors.BadQueryError: ("limit", "too high"),
        errors.RateError: ({"Retry-After": "3"},),
    }
    error = kind(*arguments.get(kind, ("x",)))
    status, slug, _ = describe(error)
    page = (PAGES / f"{slug}.md").read_text("utf-8")
    assert f"Status {status}." in page


async def ask(error: Exception) -> httpx.Response:
    app = FastAPI()
    install(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get("/")


async def test_violations_are_named_by_pointer() -> None:
    response = await ask(errors.ViolationError("two faults", (errors.Violation("/uri", "missing"),)))
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["errors"] == [{"pointer": "/uri", "detail": "missing"}]


async def test_a_retry_is_told_when() -> None:
    assert (await ask(errors.PublishError("x"))).headers["retry-after"] == "1"


async def test_credentials_are_asked_for() -> None:
    response = await ask(errors.CredentialsError("no"))
    assert (response.status_code, response.headers["www-authenticate"][:6]) == (401, "Bearer")


async def test_a_bug_tells_nothing() -> None:
    response = await ask(RuntimeError("secret"))
    assert response.status_code == 500
    assert "secret" not in response.text
