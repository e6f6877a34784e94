from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from newswire.cli.outcomes import Outcome
from newswire.cli.pushing import BATCH, MANY, MAX_ATTEMPTS, Target, push_all
from newswire.cli.stories import Story

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    Handler = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]

FEED = Story(b"<rss/>", None, "a.rss", "application/rss+xml")


def accept(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/v1/stories/batch":
        return answered(request, lambda _: 202)
    story = json.loads(request.content)
    return httpx.Response(202, json={"id": "1", "uri": story["uri"], "version": story.get("version")})


def answered(request: httpx.Request, status_of: Callable[[str], int]) -> httpx.Response:
    """A batch's answer."""
    assert request.headers["content-type"] == "application/x-ndjson"
    uris = [json.loads(line)["uri"] for line in request.content.split(b"\n")]
    statuses = [status_of(uri) for uri in uris]
    results = [
        {"status": status, "uri": uri} | ({} if status == 202 else {"problem": {"detail": f"{status}"}})
        for status, uri in zip(statuses, uris, strict=True)
    ]
    return httpx.Response(202 if set(statuses) == {202} else 207, json={"results": results})


def story(uri: str, **fields: Any) -> Story:
    return Story(json.dumps({"uri": uri, **fields}, indent=1).encode(), uri)


def many(count: int = MANY) -> list[Story]:
    return [story(f"x:{number}") for number in range(count)]


async def pushed(
    handler: Handler, stories: Sequence[Story], stopping: asyncio.Event | None = None
) -> list[Sequence[Outcome]]:
    found: dict[int, Sequence[Outcome]] = {}

    def done(index: int, outcomes: Sequence[Outcome]) -> None:
        assert index not in found
        found[index] = outcomes

    target = Target("http://ingest.example", "k.s", 0.001, httpx.MockTransport(handler), stopping)  # type: ignore[arg-type]
    await push_all(target, stories, done)
    return [found[index] for index in range(len(stories))]


async def test_each_outcome_is_told() -> None:
    wrong = {"detail": "2 violations", "errors": [{"pointer": "/urgency", "detail": "too high"}]}

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/stories"
        assert request.headers["authorization"] == "Bearer k.s"
        assert request.headers["content-type"] == "application/json"
        return httpx.Response(422, json=wrong) if b"bad" in request.content else accept(request)

    assert await pushed(handler, [story("x:1", version="7"), story("x:bad"), story("x:2")]) == [
        [Outcome(202, "x:1", "7")],
        [Outcome(422, "x:bad", None, wrong)],
        [Outcome(202, "x:2", None)],
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

    await pushed(handler, [story(f"x:{at % 3}", n=at // 3) for at in range(15)])
    assert all([n for uri, n in seen if uri == f"x:{line}"] == list(range(5)) for line in range(3))
    assert most == 3


async def test_a_document_is_one_request_and_as_many_outcomes_as_it_has_stories() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/stories"
        assert request.headers["content-type"] == "application/rss+xml"
        assert request.content == FEED.text
        results = [{"status": 202, "uri": "x:1"}, {"status": 422, "problem": {"detail": "no guid"}}]
        return httpx.Response(207, json={"results": results})

    assert (
        await pushed(handler, [FEED, FEED])
        == [
            [
                Outcome(202, "x:1", place="a.rss, story 1"),
                Outcome(422, None, None, {"detail": "no guid"}, place="a.rss, story 2"),
            ]
        ]
        * 2
    )


async def test_many_stories_go_in_batches() -> None:
    sizes: list[int] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sizes.append(request.content.count(b"\n") + 1)
        return answered(request, lambda uri: 422 if uri == "x:7" else 202)

    found = await pushed(handler, many(BATCH.stories + 1 + MANY))
    assert [outcome.status for [outcome] in found] == [202] * 7 + [422] + [202] * (BATCH.stories + MANY - 7)
    assert sizes == [BATCH.stories, MANY + 1]


async def test_of_a_batch_only_what_was_not_taken_is_sent_again() -> None:
    seen: Counter[str] = Counter()

    def status_of(uri: str) -> int:
        seen[uri] += 1
        return {"x:1": 422, "x:3": 503 if seen[uri] < 3 else 202, "x:5": 429 if seen[uri] < 2 else 422}.get(uri, 202)

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/stories/batch":
            return answered(request, status_of)
        # What is left of a batch may be one.
        return httpx.Response(status_of(json.loads(request.content)["uri"]), json={"uri": "x:3"})

    found = await pushed(handler, many())
    assert {index: outcome.status for index, [outcome] in enumerate(found) if outcome.status != 202} == {1: 422, 5: 422}
    assert {uri: count for uri, count in seen.items() if count != 1} == {"x:3": 3, "x:5": 2}


async def test_a_batch_holds_no_two_versions_of_a_story() -> None:
    batches: list[list[int]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies = [json.loads(line) for line in request.content.split(b"\n")]
        if len(bodies) > 1:
            batches.append([body["n"] for body in bodies])
            return answered(request, lambda _: 503 if len(batches) == 1 else 202)
        return accept(request)

    assert all(outcome.accepted for [outcome] in await pushed(handler, [story(f"x:{n % 10}", n=n) for n in range(30)]))
    assert batches == [list(range(10)), list(range(10)), list(range(10, 20)), list(range(20, 30))]


async def test_the_same_push_has_the_same_key() -> None:
    asked: list[tuple[bytes, str]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append((request.content, request.headers["idempotency-key"]))
        if len(asked) == 1:
            msg = "the answer was lost"
            raise httpx.ReadTimeout(msg)
        if len(asked) == 2:
            return httpx.Response(409, json={"detail": "under way"})
        return accept(request)

    # A, B and again A are three pushes, though the first and the last look the same.
    first, second = story("x:1", by="A"), story("x:1", by="B")
    assert all(outcome.accepted for [outcome] in await pushed(handler, [first, second, first]))
    assert [content for content, _ in asked] == [first.text] * 3 + [second.text, first.text]
    keys = [key for _, key in asked]
    assert (len(set(keys[:3])), len(set(keys))) == (1, 3)
    assert all(key.startswith('"') and key.endswith('"') for key in keys)


@pytest.mark.parametrize("status", [409, 429, 502, 503, 504])
@pytest.mark.parametrize("count", [1, MANY])
async def test_later_is_tried_again(status: int, count: int) -> None:
    answers = iter([status, status, 202])

    def handler(request: httpx.Request) -> httpx.Response:
        answer = next(answers)
        return accept(request) if answer == 202 else httpx.Response(answer, headers={"Retry-After": "0"})

    assert all(outcome.accepted for [outcome] in await pushed(handler, many(count)))


async def test_but_not_for_ever_and_then_the_rest_is_not_tried() -> None:
    calls: Counter[str] = Counter()

    def handler(request: httpx.Request) -> httpx.Response:
        calls[json.loads(request.content)["uri"]] += 1
        return httpx.Response(503, json={"detail": "no Kafka"})

    found = await pushed(handler, [story("x:1"), story("x:1")])
    assert found == [
        [Outcome(503, "x:1", None, {"detail": "no Kafka"})],
        [Outcome(None, "x:1", None, {"detail": "not tried: no Kafka"})],
    ]
    assert calls == {"x:1": MAX_ATTEMPTS}


async def test_the_rest_is_not_tried_when_ingest_is_away() -> None:
    calls = 0

    def handler(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        msg = "refused"
        raise httpx.ConnectError(msg)

    found = await pushed(handler, [story("x:1")] * 500)
    assert {outcome.status for [outcome] in found} == {None}
    assert calls == MAX_ATTEMPTS
    assert "refused" in found[-1][0].problem["detail"]


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"<html>", b'{"detail": 1, "errors": [1]}'])
async def test_answers_that_are_none_of_ours(body: bytes) -> None:
    [[outcome]] = await pushed(lambda _: httpx.Response(418, content=body), [story("x:1")])
    assert outcome.status == 418
    assert outcome.problem["detail"]


async def test_nothing_is_tried_again_once_it_stops() -> None:
    stopping = asyncio.Event()
    calls = 0

    def handler(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        stopping.set()
        return httpx.Response(503, headers={"Retry-After": "60"})

    found = await pushed(handler, [story("x:1"), story("x:1")], stopping)
    assert [outcome.status for [outcome] in found] == [503, None]
    assert calls == 1


async def test_it_ends_at_once_when_it_is_cancelled() -> None:
    asked = asyncio.Event()

    async def silent(_: httpx.Request) -> httpx.Response:
        asked.set()
        await asyncio.Event().wait()
        return httpx.Response(202)

    pushing = asyncio.create_task(pushed(silent, many(10)))
    await asked.wait()
    pushing.cancel()
    assert await asyncio.wait({pushing}, timeout=2) == ({pushing}, set())
    assert pushing.cancelled()
