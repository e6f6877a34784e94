from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from newswire.cli.pushing import MAX_ATTEMPTS, Outcome, Target, push_all, wait_before
from newswire.cli.stories import Story

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Handler = Callable[[httpx.Request], httpx.Response]


def accept(request: httpx.Request) -> httpx.Response:
    story = json.loads(request.content)
    return httpx.Response(202, json={"id": "1", "uri": story["uri"], "version": story.get("version")})


def story(uri: str, **fields: Any) -> Story:
    return Story(json.dumps({"uri": uri, **fields}).encode(), uri)


async def pushed(handler: Handler, stories: Sequence[Story]) -> list[Outcome]:
    found: dict[int, Outcome] = {}
    target = Target("http://ingest.example", "k.s", 0.001, httpx.MockTransport(handler))
    await push_all(target, stories, found.__setitem__)
    return [found[index] for index in range(len(stories))]


async def test_each_outcome_is_told() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer k.s"
        assert request.headers["content-type"] == "application/json"
        if b"bad" in request.content:
            errors = [{"pointer": "/urgency", "detail": "too high"}, {"pointer": "", "detail": "2 violations"}]
            return httpx.Response(422, json={"detail": "2 violations", "errors": errors})
        return accept(request)

    assert await pushed(handler, [story("x:1", version="7"), story("x:bad"), story("x:2")]) == [
        Outcome(202, "x:1", "7"),
        Outcome(422, "x:bad", None, "2 violations", ("/urgency: too high",)),
        Outcome(202, "x:2", None),
    ]


async def test_versions_of_a_story_stay_in_order() -> None:
    seen: list[tuple[str, int]] = []
    under_way = 0
    most = 0

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        body = json.loads(request.content)
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001 * (5 - body["n"]))
        under_way -= 1
        seen.append((body["uri"], body["n"]))
        return httpx.Response(202, json={})

    target = Target("http://x", "k.s", 0.001, httpx.MockTransport(handler))
    await push_all(target, [story(f"x:{at % 3}", n=at // 3) for at in range(15)], lambda _, __: None)
    assert all([n for uri, n in seen if uri == f"x:{line}"] == list(range(5)) for line in range(3))
    assert most == 3


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_later_is_tried_again(status: int) -> None:
    answers = iter([status, status, 202])

    def handler(request: httpx.Request) -> httpx.Response:
        answer = next(answers)
        return accept(request) if answer == 202 else httpx.Response(answer, headers={"Retry-After": "0"})

    [outcome] = await pushed(handler, [story("x:1")])
    assert outcome.accepted


async def test_but_not_for_ever() -> None:
    calls = 0

    def handler(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return httpx.Response(503, json={"detail": "no Kafka"})

    assert await pushed(handler, [story("x:1")]) == [Outcome(503, "x:1", None, "no Kafka")]
    assert calls == MAX_ATTEMPTS


async def test_the_rest_is_not_tried_when_ingest_is_away() -> None:
    calls = 0

    def handler(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        msg = "refused"
        raise httpx.ConnectError(msg)

    outcomes = await pushed(handler, [story("x:1")] * 500)
    assert {outcome.status for outcome in outcomes} == {None}
    assert calls == MAX_ATTEMPTS
    assert "refused" in outcomes[-1].detail


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"<html>", b'{"detail": 1, "errors": [1]}'])
async def test_answers_that_are_none_of_ours(body: bytes) -> None:
    [outcome] = await pushed(lambda _: httpx.Response(418, content=body), [story("x:1")])
    assert outcome.status == 418
    assert outcome.detail


def test_waits_double_up_to_a_bound_and_heed_what_was_asked() -> None:
    assert 0.5 <= wait_before(1, 1, None) <= 1
    assert 2 <= wait_before(3, 1, "x") <= 4
    assert wait_before(1, 0.1, "7") == 7
    assert wait_before(30, 1, None) == wait_before(1, 1, "99999") == 15


async def test_it_ends_at_once_when_it_is_cancelled() -> None:
    asked = asyncio.Event()

    async def silent(_: httpx.Request) -> httpx.Response:
        asked.set()
        await asyncio.Event().wait()
        return httpx.Response(202)

    target = Target("http://x", "k.s", transport=httpx.MockTransport(silent))
    pushing = asyncio.create_task(push_all(target, [story(f"x:{number}") for number in range(20)], lambda _, __: None))
    await asked.wait()
    pushing.cancel()
    assert await asyncio.wait({pushing}, timeout=2) == ({pushing}, set())
    assert pushing.cancelled()
