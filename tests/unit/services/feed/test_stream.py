from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from newswire.errors import NotWholeError, StoreError
from newswire.telemetry.metrics import Meter
from services.feed import stream
from services.feed.ring import Ring
from services.feed.stream import PAGE, Seats, Source, Streams
from services.feed.tail import Tail
from tests.support.feed_reader import FakeReader
from tests.support.metering import sample
from tests.support.sse import SseClient
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BASE = "http://feed"


class Wire:
    """A reader, its tail at work, and the streams on both."""

    def __init__(self, seats: int = 10) -> None:
        self.reader = FakeReader()
        self.stop = asyncio.Event()
        self.meter = Meter("feed")
        self.tail = Tail(self.reader, BASE, self.meter, self.stop, lambda _: asyncio.sleep(0))
        self.seats = Seats(seats)
        self.app = Streams(Source(self.reader, self.tail, BASE, self.meter), self.seats)
        self.task: asyncio.Task[None] | None = None

    async def follow(self) -> None:
        self.task = asyncio.create_task(self.tail.run())
        await self.settled()

    async def settled(self) -> None:
        """Return once the tail has read all there is."""

        async def level() -> bool:
            return self.tail.era > 0 and self.tail.ring.last == await self.reader.head()

        await eventually(level, seconds=5)

    def counted(self, name: str) -> float | None:
        return sample(self.meter, f"newswire_{name}")

    def connect(self, query: str = "", **headers: str) -> SseClient:
        return SseClient(self.app, query, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    made = Wire()
    await made.follow()
    yield made
    made.stop.set()
    assert made.task is not None
    made.task.cancel()
    await asyncio.gather(made.task, return_exceptions=True)


async def test_without_a_number_it_is_live_from_now(wire: Wire) -> None:
    wire.reader.show("old")
    async with wire.connect() as client:
        assert client.status == 200
        assert client.headers["content-type"] == "text/event-stream"
        assert client.headers["cache-control"] == "no-store"
        assert client.headers["x-accel-buffering"] == "no"
        retry = await client.block()
        assert 1000 <= int(retry.removeprefix("retry: ")) <= 5000
        wire.reader.show("a", version="3", bodies=[{"value": "text"}])
        event = await client.event()
    assert (event["id"], event["event"]) == (1, "new")
    assert event["data"]["version"] == "3"
    assert event["data"]["story"]["url"] == f"{BASE}/stories/a"
    assert "bodies" not in event["data"]["story"]


async def test_bodies_come_when_they_are_asked_for(wire: Wire) -> None:
    wire.reader.show("a", bodies=[{"value": "text"}])
    async with wire.connect("after=-1&include=bodies") as client:
        assert (await client.event())["data"]["story"]["bodies"] == [{"value": "text"}]
        wire.reader.show("b", bodies=[{"value": "more"}])
        assert (await client.event())["data"]["story"]["bodies"] == [{"value": "more"}]


@pytest.mark.parametrize("after", [-1, 0, 3, PAGE - 1, PAGE, 3 * PAGE - 1])
async def test_what_was_missed_and_what_is_new_join_without_gap_or_double(wire: Wire, after: int) -> None:
    for number in range(3 * PAGE):
        wire.reader.show(f"u{number}")
    async with wire.connect("after=999", Last_Event_ID=str(after)) as client:
        for number in range(20):
            wire.reader.show(f"v{number}")
            await asyncio.sleep(0)
        events = await client.events(3 * PAGE + 20 - 1 - after)
        await wire.settled()
        assert client.silent
    assert [event["id"] for event in events] == list(range(after + 1, 3 * PAGE + 20))


async def test_a_resume_resurrects_nothing(wire: Wire) -> None:
    wire.reader.show("a")
    wire.reader.show("b")
    await wire.settled()
    # Redis knows of the kill before this process's ring does.
    wire.reader.end("a")
    async with wire.connect("after=-1") as client:
        events = await client.events(3)
        await wire.settled()
        assert client.silent
    assert [(event["id"], event["event"]) for event in events] == [(0, "new"), (1, "new"), (2, "kill")]
    assert [event["data"]["story"] is None for event in events] == [True, False, True]


async def test_a_reader_that_is_behind_in_the_ring_gets_no_story_that_is_gone(wire: Wire) -> None:
    async with wire.connect() as client:
        await client.block()
        client.taking.clear()
        wire.reader.show("first")  # is held by the reader that takes nothing
        await wire.settled()
        wire.reader.show("a")
        await wire.settled()
        wire.reader.end("a")
        await wire.settled()
        client.taking.set()
        events = await client.events(3)
    assert [event["id"] for event in events] == [0, 1, 2]
    assert events[1]["data"]["story"] is None


@pytest.mark.parametrize("number", ["1", "99"])
async def test_a_gap_that_cannot_be_filled_is_a_reset_and_then_live(wire: Wire, number: str) -> None:
    for uri in "abcdef":
        wire.reader.show(uri)
    wire.reader.trim(3)
    async with wire.connect(f"lastEventID={number}") as client:
        assert await client.event() == {"id": 5, "event": "reset", "data": {"change": 5}}
        wire.reader.show("g")
        assert (await client.event())["id"] == 6


async def test_the_oldest_kept_number_is_no_gap(wire: Wire) -> None:
    for uri in "abcdef":
        wire.reader.show(uri)
    wire.reader.trim(3)
    async with wire.connect("last_event_id=3") as client:
        assert [event["id"] for event in await client.events(2)] == [4, 5]


async def test_a_number_that_was_announced_and_is_past_the_head_is_not_reset(wire: Wire) -> None:
    for uri in "abc":
        wire.reader.show(uri)
    await wire.settled()
    wire.tail.ring.last = 9  # this process has announced more than Redis knows of
    async with wire.connect("after=9") as client:
        assert client.status == 503


async def test_open_streams_are_reset_when_the_log_went_back_for_good(wire: Wire) -> None:
    for uri in "abcdef":
        wire.reader.show(uri)
    await wire.settled()
    async with wire.connect() as client:
        await client.block()
        wire.reader.roll_back(2)
        assert await client.event() == {"id": 2, "event": "reset", "data": {"change": 2}}


async def test_one_that_falls_out_of_the_ring_reads_on_in_redis(wire: Wire) -> None:
    wire.tail.ring = Ring(wire.tail.ring.last, events_most=2)
    async with wire.connect() as client:
        await client.block()
        client.taking.clear()
        for number in range(10):
            wire.reader.show(f"u{number}")
            await wire.settled()
        client.taking.set()
        assert [event["id"] for event in await client.events(10)] == list(range(10))


async def test_a_beat_is_a_comment(wire: Wire) -> None:
    async with wire.connect() as client:
        await client.block()
        wire.tail.beat()
        assert await client.block() == ":"
        wire.reader.show("a")
        assert (await client.event())["id"] == 0
        wire.tail.beat()
        assert await client.block() == ":"


async def test_streams_and_their_bytes_are_counted(wire: Wire) -> None:
    async with wire.connect() as client, wire.connect() as other:
        await client.block()
        assert wire.counted("streams_open") == 2
        wire.reader.show("a")
        await client.event()
        await other.event()
        assert wire.counted("stream_bytes_total") == 0
        wire.tail.beat()
        assert await client.block() == ":"
        at_the_beat = wire.counted("stream_bytes_total")
    assert at_the_beat
    assert wire.counted("stream_bytes_total") == sum(each.received for each in (client, other))
    assert wire.counted("streams_open") == 0


async def test_a_reset_is_counted(wire: Wire) -> None:
    wire.reader.show("a")
    async with wire.connect("after=99") as client:
        assert (await client.event())["event"] == "reset"
    assert wire.counted("stream_resets_total") == 1


async def test_the_stop_ends_streams(wire: Wire) -> None:
    async with wire.connect() as client:
        await client.block()
        wire.stop.set()
        wire.tail.moved.fire()
        await client.ended()
    assert wire.seats.taken == 0


async def test_a_reader_that_leaves_gives_its_seat_back(wire: Wire) -> None:
    async with wire.connect() as client:
        await client.block()
        assert wire.seats.taken == 1
        client.leave()
        await client.ended()
    assert wire.seats.taken == 0
    assert not wire.tail.moved._waiting


async def test_a_stalled_reader_is_cut(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SEND_SECONDS", 0.01)
    async with wire.connect() as client:
        await client.block()
        client.taking.clear()
        wire.reader.show("a")
        await client.ended()
        assert client.aborted
    assert wire.seats.taken == 0
    assert wire.counted("streams_cut_total") == 1


async def test_a_fault_while_resuming_ends_the_stream_for_the_reader_to_come_back(wire: Wire) -> None:
    for number in range(2 * PAGE):
        wire.reader.show(f"u{number}")
    async with wire.connect("after=-1") as client:
        wire.reader.fault = StoreError("away")
        await client.ended()
        events = await client.events(PAGE)
    assert events[-1]["id"] == PAGE - 1
    assert client.silent


async def test_past_the_last_seat_it_is_503() -> None:
    wire = Wire(seats=1)
    await wire.follow()
    async with wire.connect() as first:
        await first.block()
        async with wire.connect() as second:
            assert second.status == 503
            assert second.headers["retry-after"]
            assert second.headers["content-type"] == "application/problem+json"
        assert not first.aborted
    async with wire.connect() as third:
        assert third.status == 200
    wire.stop.set()
    assert wire.task is not None
    wire.task.cancel()


@pytest.mark.parametrize("fault", [NotWholeError("rebuilding"), StoreError("away")])
@pytest.mark.parametrize("query", ["", "after=0"])
async def test_while_the_view_is_not_whole_it_is_503(wire: Wire, fault: Any, query: str) -> None:
    wire.reader.fault = fault
    async with wire.connect(query) as client:
        assert client.status == 503
        assert client.headers["retry-after"]
        assert client.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("query", "headers", "parameter"),
    [("after=x", {}, "after"), ("topic=sport", {}, "topic"), ("", {"Last_Event_ID": "x"}, "Last-Event-ID")],
)
async def test_a_bad_parameter_is_400(wire: Wire, query: str, headers: dict[str, str], parameter: str) -> None:
    async with wire.connect(query, **headers) as client:
        assert client.status == 400
        await client.ended()
        assert orjson.loads(client.body)["errors"][0]["parameter"] == parameter


async def test_head_tells_the_headers_only(wire: Wire) -> None:
    async with SseClient(wire.app, method="HEAD") as client:
        assert client.status == 200
        await client.ended()
        assert client.body == b""


async def test_it_can_only_be_read(wire: Wire) -> None:
    async with SseClient(wire.app, method="POST") as client:
        assert client.status == 405
        assert client.headers["allow"] == "GET, HEAD, OPTIONS"
