"""A story's way from a push over HTTP to every surface of the feed, on the whole stack."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from redis.asyncio import Redis

from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.stack import Desk, RunningStack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

BODY = (
    "<p>The harbour council of Eastmere voted on Tuesday to reopen the old ferry line to Port Callis. "
    "The first boats are to sail in April.</p>"
    "<p>Two shipyards have offered to refit the boats, which have lain idle for nine years. "
    "The council expects 400 passengers a day.</p><script>alert(1)</script>"
)


def story(**fields: Any) -> dict[str, Any]:
    uri = f"https://eastmere.example/stories/{uuid.uuid4()}"
    return {
        "uri": uri,
        "version": "1",
        "headlines": [{"value": "Eastmere reopens its ferry line"}],
        # Told wherever the story is, and of no other story: not even its uri holds it.
        "by": f"Reporter {uuid.uuid4().hex}",
        "bodies": [{"contentType": "text/html", "value": BODY}],
        **fields,
    }


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def surfaces(desk: Desk, one: dict[str, Any], after: int) -> dict[str, bool]:
    """On which surfaces something of a story that was pushed after a change is to be seen now."""
    paths = {
        "feed": "/v1/feed?limit=100",
        "changes": f"/v1/changes?after={after}&limit=1000",
        "story": f"/v1/stories/{quote(one['uri'], safe='')}",
        "page": "/",
        "story page": f"/stories/{quote(one['uri'], safe='')}",
    }
    answers = await asyncio.gather(*(desk.get(path) for path in paths.values()))
    return {surface: one["by"] in answer.text for surface, answer in zip(paths, answers, strict=True)}


async def becomes(desk: Desk, pushed: httpx.Response, state: str) -> None:
    """Return once the receipt of a push says so."""

    async def told() -> bool:
        return bool((await desk.client.get(pushed.headers["location"])).json()["state"] == state)

    await eventually(told)


NOWHERE = {"feed": False, "changes": False, "story": False, "page": False, "story page": False}
EVERYWHERE = dict.fromkeys(NOWHERE, True)


async def visible(desk: Desk, one: dict[str, Any]) -> httpx.Response:
    async def found() -> bool:
        return (await desk.story(one["uri"])).status_code == 200

    await eventually(found)
    return await desk.story(one["uri"])


async def test_a_pushed_story_is_on_every_surface_enriched(stack: RunningStack) -> None:
    async with stack.desk() as desk:
        one = story()
        head = await desk.head()
        async with desk.stream() as events:
            pushed = await desk.push(one)
            assert pushed.status_code == 202
            assert (pushed.json()["uri"], pushed.json()["version"]) == (one["uri"], "1")
            async with asyncio.timeout(10):
                event = await anext(events)
        assert (event.event, event.data["uri"], event.data["kind"]) == ("new", one["uri"], "new")
        assert event.id == str(event.data["change"])
        item = event.data["story"]
        assert item["enrichment"]["summary"].startswith("The harbour council of Eastmere voted")
        assert item["enrichment"]["summarySource"] == "extractive"
        assert item["enrichment"]["language"] == "en"
        assert (item["enrichment"]["readTime"], item["enrichment"]["wordCount"]) == (1, 47)
        assert item["url"] == f"{desk.feed}/stories/{quote(one['uri'], safe='')}"
        assert "bodies" not in item
        assert await surfaces(desk, one, head) == EVERYWHERE
        whole = (await desk.story(one["uri"])).json()
        assert "<script>" not in whole["bodies"][0]["value"]
        assert {**whole, "bodies": None} == {**item, "bodies": None}
        receipt = await desk.client.get(pushed.headers["location"])
        assert (receipt.json()["state"], receipt.json()["change"]) == ("visible", event.data["change"])


async def test_a_correction_replaces_in_place_and_a_kill_ends_it(stack: RunningStack) -> None:
    async with stack.desk() as desk:
        first, second = story(), story()
        before = await desk.head()
        for one in (first, second):
            await desk.push(one)
            await visible(desk, one)
        head = await desk.head()
        await desk.push({**first, "version": "2", "headlines": [{"value": "Corrected"}]})
        correction = (await desk.get("/v1/changes", after=head, wait=20)).json()["changes"]
        assert [(one["kind"], one["version"]) for one in correction] == [("update", "2")]
        assert [item["uri"] for item in (await desk.walk())[:2]] == [second["uri"], first["uri"]]
        killed = await desk.kill(first["uri"])
        assert (killed.status_code, killed.json()["version"]) == (202, None)
        ending = (await desk.get("/v1/changes", after=correction[0]["change"], wait=20)).json()["changes"]
        assert [(one["kind"], one["uri"], one["version"], one["story"]) for one in ending] == [
            ("kill", first["uri"], None, None)
        ]
        assert await surfaces(desk, first, before) == NOWHERE
        assert (await desk.story(first["uri"])).status_code == 410
        late = await desk.push({**first, "version": "9"})
        assert late.status_code == 202
        await becomes(desk, late, "killed")
        assert await surfaces(desk, first, before) == NOWHERE
        assert await desk.head() == ending[0]["change"]


async def test_an_embargo_holds_on_every_surface_until_its_instant(stack: RunningStack) -> None:
    async with stack.desk() as desk:
        head = await desk.head()
        etag = (await desk.get("/v1/feed")).headers["etag"]
        instant = datetime.now(UTC) + timedelta(seconds=5)
        one = story(embargoedUntil=instant.isoformat())
        looks = 0
        async with desk.stream() as events:
            await becomes(desk, await desk.push(one), "embargoed")
            while True:
                found = await surfaces(desk, one, head)
                same = (await desk.get("/v1/feed")).headers["etag"] == etag
                if datetime.now(UTC) >= instant:
                    break  # this look may have met the release
                assert (found, same) == (NOWHERE, True)
                looks += 1
            async with asyncio.timeout(20):
                event = await anext(events)
        assert looks >= 10
        assert (event.event, event.data["uri"]) == ("new", one["uri"])
        (released,) = await desk.changes(head)
        assert (released["kind"], released["uri"]) == ("new", one["uri"])
        assert datetime.fromisoformat(released["story"]["published"]) >= instant
        assert await surfaces(desk, one, head) == EVERYWHERE


async def test_an_expiry_and_a_withholding_hold_on_every_surface(stack: RunningStack) -> None:
    async with stack.desk() as desk:
        head = await desk.head()
        expiring, withheld = story(expires=soon(3)), story()
        for one in (expiring, withheld):
            await desk.push(one)
            await visible(desk, one)
        await desk.push({**withheld, "version": "2", "pubStatus": "withheld"})

        async def gone() -> bool:
            return [(await desk.story(one["uri"])).status_code for one in (expiring, withheld)] == [410, 404]

        await eventually(gone)
        assert await surfaces(desk, expiring, head) == NOWHERE
        assert await surfaces(desk, withheld, head) == NOWHERE


class Follower:
    """A reader who leaves after some events and comes back with the last number, also when the feed was away."""

    def __init__(self, desk: Desk, last: int) -> None:
        self._desk = desk
        self._last = str(last)
        self.seen: list[tuple[int, str, str]] = []
        self.returns = 0

    async def take(self, count: int) -> None:
        """Follow until as many events have come."""
        async with asyncio.timeout(90):
            while len(self.seen) < count:
                try:
                    await self._stay()
                except (httpx.TransportError, httpx.HTTPStatusError):
                    await asyncio.sleep(0.05)
                self.returns += 1

    async def _stay(self) -> None:
        async with self._desk.stream(headers={"Last-Event-ID": self._last}) as events:
            async for event in events:
                assert event.event == event.data["kind"]
                self.seen.append((int(event.id), event.data["kind"], event.data["uri"]))
                self._last = event.id
                if len(self.seen) % 10 == 0:
                    return


async def nothing(_: RunningStack) -> None:
    pass


async def feed_killed(stack: RunningStack) -> None:
    await stack.restarted("feed", stack.kill("feed"))


async def redis_emptied(stack: RunningStack) -> None:
    async with Redis.from_url(stack.ready["redis"]) as redis:
        await redis.flushall()


@pytest.mark.parametrize("accident", [nothing, feed_killed, redis_emptied])
async def test_a_follower_resumes_without_a_gap_or_a_double(
    stack: RunningStack, accident: Callable[[RunningStack], Awaitable[None]]
) -> None:
    async with stack.desk() as desk:
        start = await desk.head()
        stories = [story() for _ in range(300)]
        follower = Follower(desk, start)
        following = asyncio.create_task(follower.take(300))
        pushing = asyncio.create_task(desk.push_all(stories, together=4))

        async def under_way() -> bool:
            return len(follower.seen) > 50

        await eventually(under_way)
        assert not pushing.done()
        await accident(stack)
        await pushing
        await following
        log = await desk.changes(start)
    assert sorted(uri for _, _, uri in follower.seen) == sorted(one["uri"] for one in stories)
    assert follower.seen == [(change["change"], change["kind"], change["uri"]) for change in log]
    assert follower.returns >= 30


async def test_a_number_past_the_head_is_answered(stack: RunningStack) -> None:
    async with stack.desk() as desk:
        head = await desk.head()
        assert (await desk.get("/v1/changes", after=head + 1_000_000)).status_code == 410
        async with desk.stream(after=head + 1_000_000) as events, asyncio.timeout(10):
            event = await anext(events)
        assert (event.event, event.id, event.data) == ("reset", str(head), {"change": head})
