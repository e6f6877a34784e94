from __future__ import annotations

import asyncio
import contextlib
import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from newswire.errors import NewswireError, NotWholeError, StoreError
from newswire.lifecycle import Story
from newswire.serving import serve
from newswire.telemetry.metrics import Meter
from services.feed.api import Feed, create_app
from services.feed.page import Site
from services.feed.tail import Tail
from tests.support.feed_reader import FakeReader
from tests.support.metering import sample
from tests.support.ports import free_port
from tests.support.sse import SseClient
from tests.support.waiting import eventually, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

BASE = "https://news.example"
NOW_MS = 1_764_000_000_000
PENDING = "019ab000-0000-7abc-8def-0123456789ab"


class Client(httpx.AsyncClient):
    """A client of the feed in this process, with what stands behind it."""

    def __init__(self) -> None:
        self.reader = FakeReader()
        self.stop = asyncio.Event()
        self.meter = Meter("feed")
        self.tail = Tail(self.reader, BASE, self.meter, self.stop, lambda _: asyncio.sleep(0))
        site = Site(BASE, "The Wire", "All of it.", licence="CC BY 4.0")
        self.app: ASGIApp = create_app(Feed(self.reader, self.tail, site, 2, self.meter, lambda: NOW_MS))
        transport = httpx.ASGITransport(self.app)
        # The default asks for gzip.
        self.following: asyncio.Task[None] | None = None
        super().__init__(transport=transport, base_url=BASE, headers={"Accept-Encoding": "identity"})

    def counted(self, name: str, **labels: str) -> float | None:
        return sample(self.meter, f"newswire_{name}", **labels)

    def hold(self) -> None:
        """Let the tail stand still: nothing is announced any more, nor is what was announced given up."""
        assert self.following is not None
        self.following.cancel()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client() as made:
        made.following = asyncio.create_task(made.tail.run())
        await eventually(lambda: _ready(made), seconds=5)
        yield made
        made.stop.set()
        made.following.cancel()
        await asyncio.gather(made.following, return_exceptions=True)


async def _announced(client: Client, change: int) -> bool:
    return client.tail.ring.last == change


async def _ready(client: Client) -> bool:
    return (await client.get("/readyz")).status_code == 200


async def test_an_empty_feed(client: Client) -> None:
    answer = await client.get("/v1/feed")
    assert answer.json() == {"items": [], "next": None, "change": -1}
    assert answer.headers["link"] == '</v1/stream>; rel="mercure"; last-event-id="-1"'


async def test_the_feed_is_newest_first_and_an_update_stays_in_its_place(client: Client) -> None:
    for uri in ("a", "b", "c"):
        client.reader.show(uri, bodies=[{"value": "text"}])
    client.reader.show("a", version="2")
    feed = (await client.get("/v1/feed")).json()
    assert [item["uri"] for item in feed["items"]] == ["c", "b", "a"]
    assert feed["items"][2]["version"] == "2"
    assert feed["items"][0]["url"] == f"{BASE}/stories/c"
    assert feed["change"] == 3
    assert "bodies" not in feed["items"][0]
    whole = (await client.get("/v1/feed?include=bodies")).json()
    assert whole["items"][0]["bodies"] == [{"value": "text"}]


async def test_a_walk_meets_each_story_once_while_others_arrive(client: Client) -> None:
    for number in range(25):
        client.reader.show(f"u{number}")
    seen, url = [], f"{BASE}/v1/feed?limit=7&include=bodies"
    while url:
        answer = await client.get(url)
        seen += [item["uri"] for item in answer.json()["items"]]
        url = answer.json()["next"]
        client.reader.show(f"later{len(seen)}")
        if url:
            assert url == str(answer.links["next"]["url"])
            assert "limit=7" in url
            assert "include=bodies" in url
    assert seen == [f"u{number}" for number in reversed(range(25))]


async def test_a_page_alters_its_validator_with_each_change_and_each_question(client: Client) -> None:
    client.reader.show("a")
    first = await client.get("/v1/feed")
    assert first.headers["cache-control"] == "public, no-cache"
    kept = await client.get("/v1/feed", headers={"If-None-Match": first.headers["etag"]})
    assert kept.status_code == 304
    assert kept.content == b""
    assert kept.headers["etag"] == first.headers["etag"]
    client.reader.asked.clear()
    other = await client.get("/v1/feed?limit=5", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
    client.reader.end("a")
    gone = await client.get("/v1/feed", headers={"If-None-Match": first.headers["etag"]})
    assert gone.status_code == 200
    assert gone.json()["items"] == []


async def test_gzip_has_a_validator_of_its_own(client: Client) -> None:
    client.reader.show("a")
    plain = await client.get("/v1/feed")
    packed = await client.get("/v1/feed", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert packed.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize("path", ["/v1/feed", "/v1/stories/a", "/v1/changes", "/", "/stories/a", "/readyz"])
async def test_head_is_a_get_without_a_body(client: Client, path: str) -> None:
    client.reader.show("a")
    asked, told = await client.get(path), await client.head(path)
    assert told.status_code == asked.status_code == 200
    assert told.content == b""
    assert told.headers["content-length"] == str(len(asked.content))
    assert told.headers.get("etag") == asked.headers.get("etag")


async def test_a_story_is_a_bare_item_with_its_bodies(client: Client) -> None:
    client.reader.show("https://x/a b", bodies=[{"value": "text"}])
    answer = await client.get("/v1/stories/https%3A%2F%2Fx%2Fa%20b")
    assert answer.json()["uri"] == "https://x/a b"
    assert answer.json()["bodies"] == [{"value": "text"}]
    client.reader.show("b")
    again = await client.get("/v1/stories/https%3A%2F%2Fx%2Fa%20b", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(("kind", "status"), [("kill", 410), ("expire", 410), ("withdraw", 404)])
async def test_a_story_that_is_gone(client: Client, kind: Any, status: int) -> None:
    client.reader.show("a")
    client.reader.end("a", kind)
    for path in ("/v1/stories/a", "/stories/a"):
        answer = await client.get(path)
        assert answer.status_code == status
        assert answer.headers["cache-control"] == "no-store"
        assert "About a" not in answer.text


@pytest.mark.parametrize("story", [None, Story("agency", phase="pending"), Story("agency", killed=True, ended="kill")])
async def test_a_story_that_was_never_visible_is_unknown(client: Client, story: Story | None) -> None:
    if story is not None:
        client.reader.stories["a"] = story
    assert (await client.get("/v1/stories/a")).status_code == 404
    assert (await client.get("/stories/a")).status_code == 404


async def test_the_change_log_in_parts(client: Client) -> None:
    for uri in ("a", "b", "c"):
        client.reader.show(uri)
    client.reader.end("a")
    first = (await client.get("/v1/changes?limit=2")).json()
    assert [change["change"] for change in first["changes"]] == [0, 1]
    assert first["changes"][0]["story"] is None
    rest = (await client.get(f"/v1/changes?after={first['next']}")).json()
    assert [change["kind"] for change in rest["changes"]] == ["new", "kill"]
    assert rest["changes"][1] == {"change": 3, "kind": "kill", "uri": "a", "version": None, "story": None}
    assert (await client.get("/v1/changes?after=3")).json() == {"changes": [], "next": 3}


async def test_where_an_answer_has_no_room_for_all_the_next_one_goes_on(client: Client) -> None:
    for number in range(7):
        client.reader.show(f"u{number}", bodies=[])
    client.reader.room = 3
    log: list[int] = []
    while not log or log[-1] < 6:
        after = f"&after={log[-1]}" if log else ""
        found = (await client.get(f"/v1/changes?limit=1000&include=bodies{after}")).json()
        assert found["next"] == found["changes"][-1]["change"]
        log += [change["change"] for change in found["changes"]]
    assert log == list(range(7))
    feed, url = [], f"{BASE}/v1/feed?limit=100&include=bodies"
    while url:
        page = (await client.get(url)).json()
        feed += [item["uri"] for item in page["items"]]
        url = page["next"]
    assert feed == [f"u{number}" for number in reversed(range(7))]


async def test_a_poll_waits_for_a_change(client: Client) -> None:
    polling = asyncio.create_task(client.get("/v1/changes?after=-1&wait=60"))
    while "changes" not in client.reader.asked[-1:]:  # noqa: ASYNC110 - the poll runs in this very loop
        await asyncio.sleep(0)
    client.reader.show("a")
    assert [change["uri"] for change in (await polling).json()["changes"]] == ["a"]


async def test_a_poll_ends_with_its_time(client: Client) -> None:
    assert (await client.get("/v1/changes?wait=0.01")).json() == {"changes": [], "next": -1}


async def test_polls_take_seats(client: Client) -> None:
    polls = [asyncio.create_task(client.get("/v1/changes?wait=60")) for _ in range(3)]
    done, waiting = await asyncio.wait(polls, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    refused = done.pop().result()
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    client.reader.show("a")
    for poll in waiting:
        assert (await poll).json()["next"] == 0


async def test_a_reader_who_leaves_gives_the_seat_of_a_poll_back(client: Client) -> None:
    port = free_port()
    serving = asyncio.create_task(serve(client.app, "127.0.0.1", port, client.stop))

    async def poll() -> asyncio.StreamWriter:
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /v1/changes?wait=60 HTTP/1.1\r\nHost: feed\r\n\r\n")
                return writer
            await asyncio.sleep(0.01)

    for _ in range(3):
        polls = [await poll(), await poll()]
        await eventually(lambda: _waiting(client, 2), seconds=5)
        assert (await client.get("/v1/changes?wait=60")).status_code == 503
        for writer in polls:
            writer.transport.abort()
        await eventually(lambda: _waiting(client, 0), seconds=5)
        assert (await client.get("/v1/changes?wait=0.001")).status_code == 200
    client.stop.set()
    await serving


async def _waiting(client: Client, count: int) -> bool:
    return len(client.tail.moved._waiting) == count


@pytest.mark.parametrize("after", [0, 99])
async def test_a_number_that_leads_nowhere_is_410(client: Client, after: int) -> None:
    for uri in "abcd":
        client.reader.show(uri)
    client.reader.trim(2)
    answer = await client.get(f"/v1/changes?after={after}")
    assert answer.status_code == 410
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await client.get("/v1/changes?after=2")).json()["next"] == 3


async def test_what_became_of_an_event(client: Client) -> None:
    change = client.reader.show("a", version="1")
    client.reader.receipts["e"] = {
        "id": "e",
        "uri": "a",
        "version": "1",
        "at": "2025-01-01T00:00:00.000Z",
        "partition": 0,
        "offset": change,
    }
    answer = await client.get("/v1/receipts/E")
    assert answer.json()["state"] == "visible"
    assert answer.json()["change"] == change
    assert answer.headers["cache-control"] == "no-store"
    assert (await client.get(f"/v1/receipts/{PENDING}")).json()["state"] == "pending"
    assert (await client.get("/v1/receipts/unknown")).status_code == 404


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/feed?limit=0", "limit"),
        ("/v1/feed?cursor=zzz", "cursor"),
        ("/v1/feed?topic=sport", "topic"),
        ("/v1/changes?wait=61", "wait"),
        ("/v1/stories/a?pretty=1", "pretty"),
        (f"/v1/receipts/{PENDING}?x=", "x"),
    ],
)
async def test_a_bad_parameter_is_named(client: Client, path: str, parameter: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/feed/", "/v1/stories/", "/v1/stories/a/b", "/v1/stories/a%2F/versions", "/v2/feed"]
)
async def test_an_unknown_path_is_a_problem(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_path_that_is_not_utf8_is_400(client: Client) -> None:
    assert (await client.get("/v1/stories/%FF")).status_code == 400
    assert (await client.get("/stories/%FF")).status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_the_feed_can_only_be_read(client: Client, method: str) -> None:
    for path in ("/v1/feed", "/v1/stories/a", "/"):
        answer = await client.request(method, path)
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert answer.headers["content-type"] == "application/problem+json"


async def test_other_origins_may_read(client: Client) -> None:
    assert (await client.get("/v1/feed")).headers["access-control-allow-origin"] == "*"
    assert (await client.get("/v1/nothing")).headers["access-control-allow-origin"] == "*"
    asked = await client.options("/v1/feed", headers={"Origin": "https://o", "Access-Control-Request-Method": "GET"})
    assert asked.status_code == 204
    assert "Last-Event-ID" in asked.headers["access-control-allow-headers"]


@pytest.mark.parametrize("fault", [NotWholeError("rebuilding"), StoreError("away")])
@pytest.mark.parametrize(
    "path", ["/v1/feed", "/v1/stories/a", "/v1/changes", "/v1/receipts/a", "/v1/stream", "/", "/stories/a"]
)
async def test_while_the_view_is_not_whole_it_is_503(client: Client, path: str, fault: NewswireError) -> None:
    client.reader.fault = fault
    answer = await client.get(path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.headers["cache-control"] == "no-store"
    assert (await client.get("/readyz")).status_code == 503
    assert (await client.get("/livez")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/feed",
        "/v1/stories/a",
        "/v1/stories/unknown",
        "/v1/changes",
        "/v1/changes?after=1",
        "/v1/changes?after=2",
        "/v1/changes?after=9",
        "/v1/receipts/e",
        f"/v1/receipts/{PENDING}",
        "/v1/stream",
        "/v1/stream?after=0",
        "/v1/stream?after=2",
        "/v1/stream?after=9",
        "/",
        "/stories/a",
        "/stories/unknown",
    ],
)
async def test_a_redis_that_went_back_in_time_is_not_served(client: Client, path: str) -> None:
    for uri in ("a", "b"):
        client.reader.show(uri)
    client.reader.receipts["e"] = {"id": "e", "uri": "a", "version": "1", "at": "x", "partition": 0, "offset": 0}
    shown = {each: await client.get(each) for each in ("/v1/feed", "/", "/v1/stories/a", "/stories/a")}
    client.reader.end("a")
    await eventually(lambda: _announced(client, 2), seconds=5)
    client.hold()
    client.reader.roll_back(1)
    # Whoever has the page from before the kill is not told that it is still right.
    known = shown[path].headers["etag"] if path in shown else '"x"'
    for headers in ({}, {"If-None-Match": known}):
        answer = await client.get(path, headers=headers)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.headers["cache-control"] == "no-store"
        assert "About a" not in answer.text
    client.reader.end("a")
    if path.startswith("/v1/stream"):
        return
    answer = await client.get(path)
    assert answer.status_code != 503
    assert "About a" not in answer.text


async def test_what_is_announced_while_redis_is_asked_is_no_fault(client: Client) -> None:
    client.reader.show("a")
    await eventually(lambda: _announced(client, 0), seconds=5)
    asked = client.reader.page

    async def page(*args: Any, **named: Any) -> Any:
        found = await asked(*args, **named)
        client.tail.ring.last = 1
        return found

    client.reader.page = page  # type: ignore[method-assign]
    assert (await client.get("/v1/feed")).status_code == 200


async def test_the_document_describes_every_call(client: Client) -> None:
    document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == {
        "/v1/feed",
        "/v1/stories/{uri}",
        "/v1/changes",
        "/v1/receipts/{id}",
        "/v1/stream",
        "/livez",
        "/readyz",
    }
    text = json.dumps(document)
    for name in {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in document["components"]["schemas"]
    assert "text/event-stream" in document["paths"]["/v1/stream"]["get"]["responses"]["200"]["content"]
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "//" not in "".join(re.findall(r'(?:src|href)="([^"]*)"', page.text))


async def test_the_list_page(client: Client) -> None:
    for number in range(21):
        client.reader.show(f"u{number}")
    answer = await client.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert 'data-change="20"' in answer.text
    assert answer.text.index("About u20") < answer.text.index("About u19")
    assert "About u0<" not in answer.text
    more = answer.text.split('id="more"')[1].split('href="')[1].split('"')[0]
    assert "About u0<" in (await client.get(more)).text
    kept = await client.get("/", headers={"If-None-Match": answer.headers["etag"]})
    assert kept.status_code == 304
    assert (await client.get("/?limit=3")).status_code == 400


async def test_the_story_page(client: Client) -> None:
    client.reader.show("a", bodies=[{"value": "<p>Words</p><script>alert(1)</script>", "contentType": "text/html"}])
    answer = await client.get("/stories/a")
    assert "<p>Words</p>" in answer.text
    assert "alert" not in answer.text
    client.reader.show("b")
    kept = await client.get("/stories/a", headers={"If-None-Match": answer.headers["etag"]})
    assert kept.status_code == 304


async def test_a_related_story_is_a_link_while_it_can_be_read(client: Client) -> None:
    card = {"name": "r", "rel": "related", "uri": "b", "headlines": [{"value": "About the boat"}]}
    client.reader.show("a", associations=[card])
    linked = '<a href="/stories/b">About the boat</a>'
    before = (await client.get("/stories/a")).text
    assert "About the boat" in before
    assert linked not in before
    client.reader.show("b")
    assert linked in (await client.get("/stories/a")).text
    client.reader.end("b")
    assert (await client.get("/stories/a")).text == before


async def test_the_page_of_a_brief_says_its_text_once(client: Client) -> None:
    summary = {"summary": "It sails. In April.", "summarySource": "extractive"}
    client.reader.show("a", headlines=[], bodies=[{"value": "It sails. In April."}], enrichment=summary)
    page = (await client.get("/stories/a")).text
    assert '<h1 class="unseen">It sails.</h1>' in page
    assert "machine-made" not in page
    assert page.count("In April.") == 1 + page.count('content="In April."')


async def test_a_page_shows_pictures_and_players(client: Client) -> None:
    film = {"name": "main", "href": "https://x/a.mp4", "contentType": "video/mp4", "width": 16, "height": 9}
    client.reader.show("v", type="video", renditions=[film])
    client.reader.show(
        "s", type="audio", renditions=[{"name": "m", "href": "https://x/a.mp3", "contentType": "audio/mpeg"}]
    )
    assert (
        '<video controls preload="none" src="https://x/a.mp4" width="16" height="9">'
        in (await client.get("/stories/v")).text
    )
    assert '<audio controls preload="none" src="https://x/a.mp3">' in (await client.get("/stories/s")).text


async def test_a_kicker_runs_as_its_story_does(client: Client) -> None:
    kicker = {"role": "kicker", "value": "مجتمع"}
    client.reader.show("a", headlines=[{"value": "مدرسة القوارب"}, kicker], language="ar")
    assert '<p class="kicker" dir="rtl"><span class="label">مجتمع</span>' in (await client.get("/")).text
    client.reader.show("b")
    assert '<span class="label" lang="en">Article</span>' in (await client.get("/")).text


async def test_faults_of_pages_are_pages(client: Client) -> None:
    answer = await client.get("/stories/nothing")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>There is no such story</h1>" in answer.text
    assert "content-security-policy" in answer.headers


async def test_what_pages_load_may_be_kept_under_its_digest(client: Client) -> None:
    page = (await client.get("/")).text
    for name in ("style.css", "live.js", "icon.svg"):
        path = "/static/" + page.split(f"/static/{name}")[1].split('"')[0].join((name, ""))
        assert "immutable" in (await client.get(path)).headers["cache-control"]
        assert (await client.get(f"/static/{name}")).headers["cache-control"] == "public, no-cache"
    assert (await client.get("/static/other.css")).status_code == 404
    assert (await client.get("/static/..%2Ftemplates%2Fbase.html")).status_code == 404


SURFACES = (
    *("/v1/feed?include=bodies", "/v1/stories/a", "/v1/changes?include=bodies", f"/v1/receipts/{PENDING}"),
    *("/", "/stories/a", "/openapi.json", "/v1/stories/b", "/v1/changes?after=99"),
)


async def _surfaces(trace_id: str | None) -> list[tuple[int, dict[str, str], bytes]]:
    """All that readers get of a wire whose changes were kept with a trace, or without one."""
    async with Client() as client:
        client.reader.trace_id = trace_id
        client.reader.show("a", version="1", bodies=[{"value": "text"}])
        client.reader.show("b", version="1")
        client.reader.end("b")
        client.following = asyncio.create_task(client.tail.run())
        await eventually(partial(_ready, client), seconds=5)
        answers = [await client.get(path) for path in SURFACES]
        found = [(answer.status_code, dict(answer.headers), answer.content) for answer in answers]
        async with SseClient(client.app, "after=-1&include=bodies") as stream:
            await stream.block()
            found.append((stream.status, stream.headers, b"".join([(await stream.block()).encode() for _ in "abc"])))
        client.hold()
    return found


async def test_the_trace_of_a_change_never_reaches_a_reader() -> None:
    trace_id = "ab" * 16
    traced = await _surfaces(trace_id)
    assert traced == await _surfaces(None)
    assert trace_id not in repr(traced)


async def test_requests_are_counted_by_route_and_refusals_by_reason(client: Client) -> None:
    before = client.counted("requests_total", route="/v1/feed", status="200") or 0
    for path in ("/v1/feed", "/v1/feed?limit=0", "/v1/stories/none", "/v1/stories/a%2Fb", "/v1/changes", "/nowhere"):
        await client.get(path)
    await client.options("/v1/feed")
    async with SseClient(client.app, "after=x") as stream:
        assert stream.status == 400
    assert client.counted("requests_total", route="/v1/feed", status="200") == before + 1
    assert client.counted("requests_total", route="/v1/feed", status="204") == 1
    assert client.counted("requests_total", route="/v1/stories/{uri}", status="404") == 2
    assert client.counted("requests_total", route="other", status="404") == 1
    assert client.counted("requests_total", route="/v1/stream", status="400") == 1
    assert client.counted("refused_total", reason="bad-query") == 2
    assert client.counted("refused_total", reason="http-404") == 3
    assert client.counted("request_seconds_count", route="/v1/stories/{uri}") == 2
    assert not client.counted("request_seconds_count", route="/v1/changes")
    assert not client.counted("request_seconds_count", route="/v1/stream")


async def test_polls_are_counted_while_they_wait(client: Client) -> None:
    waiting = asyncio.create_task(client.get("/v1/changes?after=-1&wait=60"))
    await until(lambda: client.counted("polls_waiting") == 1)
    client.reader.show("a")
    await asyncio.wait_for(waiting, 5)
    assert client.counted("polls_waiting") == 0
