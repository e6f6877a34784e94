"""A story's way from a push over HTTP to every surface of the feed, on the whole stack."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.support.waiting import eventually

if TYPE_CHECKING:
    import httpx

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
        "bodies": [{"contentType": "text/html", "value": BODY}],
        **fields,
    }


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def surfaces(desk: Desk, one: dict[str, Any]) -> dict[str, bool]:
    """On which surfaces a story is to be seen now, its text included."""
    listed = await desk.walk()
    log = await desk.changes()
    page = await desk.get("/")
    single = await desk.story(one["uri"])
    own_page = await desk.get(f"/stories/{quote(one['uri'], safe='')}")
    return {
        "feed": one["uri"] in {item["uri"] for item in listed},
        "changes": any(change["uri"] == one["uri"] and change["story"] for change in log),
        "story": single.status_code == 200,
        "page": quote(one["uri"], safe="") in page.text,
        "story page": own_page.status_code == 200,
    }


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
        assert await surfaces(desk, one) == EVERYWHERE
        whole = (await desk.story(one["uri"])).json()
        assert "<script>" not in whole["bodies"][0]["value"]
        assert {**whole, "bodies": None} == {**item, "bodies": None}
        receipt = await desk.client.get(pushed.headers["location"])
        assert (receipt.json()["state"], receipt.json()["change"]) == ("visible", event.data["change"])


async def test_a_correction_replaces_in_place_and_a_kill_ends_it(stack: RunningStack) -> None:
    async with stack.desk() as desk:
        first, second = story(), story()
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
        assert await surfaces(desk, first) == NOWHERE
        assert (await desk.story(first["uri"])).status_code == 410
        late = await desk.push({**first, "version": "9"})
        assert late.status_code == 202
        await visible(desk, await pushed_after(desk))
        assert await surfaces(desk, first) == NOWHERE


async def pushed_after(desk: Desk) -> dict[str, Any]:
    """Another story: once it is there, all that was pushed to its like before has been dealt with, or soon is."""
    one = story()
    await desk.push(one)
    return one


async def test_an_embargo_holds_on_every_surface_until_its_instant(stack: RunningStack) -> None:
    async with stack.desk() as desk:
        until = soon(3)
        one = story(embargoedUntil=until)
        head = await desk.head()
        pushed = await desk.push(one)

        async def embargoed() -> bool:
            return bool((await desk.client.get(pushed.headers["location"])).json()["state"] == "embargoed")

        await eventually(embargoed)
        assert await surfaces(desk, one) == NOWHERE
        assert await desk.head() == head
        released = (await desk.get("/v1/changes", after=head, wait=20)).json()["changes"]
        assert [(change["kind"], change["uri"]) for change in released] == [("new", one["uri"])]
        assert datetime.fromisoformat(released[0]["story"]["published"]) >= datetime.fromisoformat(until)
        assert await surfaces(desk, one) == EVERYWHERE


async def test_an_expiry_and_a_withholding_hold_on_every_surface(stack: RunningStack) -> None:
    async with stack.desk() as desk:
        expiring, withheld = story(expires=soon(3)), story()
        for one in (expiring, withheld):
            await desk.push(one)
            await visible(desk, one)
        await desk.push({**withheld, "version": "2", "pubStatus": "withheld"})

        async def gone() -> bool:
            return [(await desk.story(one["uri"])).status_code for one in (expiring, withheld)] == [410, 404]

        await eventually(gone)
        assert await surfaces(desk, expiring) == NOWHERE
        assert await surfaces(desk, withheld) == NOWHERE


async def test_a_follower_resumes_without_a_gap_or_a_double(stack: RunningStack) -> None:
    async with stack.desk() as desk:
        start = await desk.head()
        stories = [story() for _ in range(30)]
        seen: list[str] = []
        last = str(start)
        pushing = asyncio.create_task(desk.push_all(stories, together=2))
        while len(seen) < 30:
            async with desk.stream(headers={"Last-Event-ID": last}) as events, asyncio.timeout(20):
                for _ in range(min(7, 30 - len(seen))):
                    event = await anext(events)
                    seen.append(event.data["uri"])
                    last = event.id
        await pushing
        assert sorted(seen) == sorted(one["uri"] for one in stories)
        assert seen == [change["uri"] for change in await desk.changes(start)]


async def test_a_number_past_the_head_is_answered(stack: RunningStack) -> None:
    async with stack.desk() as desk:
        head = await desk.head()
        assert (await desk.get("/v1/changes", after=head + 1_000_000)).status_code == 410
        async with desk.stream(after=head + 1_000_000) as events, asyncio.timeout(10):
            event = await anext(events)
        assert (event.event, event.id, event.data) == ("reset", str(head), {"change": head})
