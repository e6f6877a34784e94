from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from newswire.errors import GoneError, NotWholeError, StoreError
from newswire.telemetry.metrics import Meter
from services.feed.tail import Tail
from tests.support.feed_reader import FakeReader
from tests.support.metering import sample
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BASE = "http://feed"


@asynccontextmanager
async def running(reader: FakeReader) -> AsyncIterator[Tail]:
    """A tail at work, whose pauses take no time."""
    stop = asyncio.Event()
    tail = Tail(reader, BASE, Meter("feed"), stop, lambda _: asyncio.sleep(0))
    task = asyncio.create_task(tail.run())
    try:
        yield tail
    finally:
        stop.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def reaches(tail: Tail, change: int) -> None:
    async def there() -> bool:
        return tail.ring.last == change

    await eventually(there, seconds=5)


async def test_it_begins_at_the_head_and_takes_what_comes() -> None:
    reader = FakeReader()
    reader.show("a")
    async with running(reader) as tail:
        await reaches(tail, 0)
        assert tail.ring.floor == 0
        reader.show("b")
        reader.show("c")
        await reaches(tail, 2)
        found = tail.ring.after(0, bodies=False)
        assert found is not None
        assert found[0].count(b"event: new") == 2


def test_what_was_announced_last_is_not_known_before_the_log_was_read() -> None:
    meter = Meter("feed")
    Tail(FakeReader(), BASE, meter, asyncio.Event())
    assert math.isnan(sample(meter, "newswire_announced_change") or 0)


async def test_it_waits_through_a_fault_and_tells_of_it() -> None:
    reader = FakeReader()
    with capture_logs() as logs:
        await _through_a_fault(reader)
    events = [line["event"] for line in logs if line["event"] != "announced"]
    assert events == ["change_log_followed", "change_log_away", "change_log_followed"]


async def _through_a_fault(reader: FakeReader) -> None:
    async with running(reader) as tail:
        await eventually(lambda: _passes(tail), seconds=5)
        reader.fault = StoreError("away")
        reader.show("a")
        await eventually(lambda: _fails(tail, StoreError), seconds=5)
        reader.fault = None
        await reaches(tail, 0)
        await eventually(lambda: _passes(tail), seconds=5)


async def test_it_is_not_ready_before_it_has_read_the_log() -> None:
    tail = Tail(FakeReader(), BASE, Meter("feed"), asyncio.Event())
    with pytest.raises(NotWholeError):
        await tail.check()


async def test_trimmed_past_it_begins_anew() -> None:
    reader = FakeReader()
    reader.show("a")
    async with running(reader) as tail:
        await reaches(tail, 0)
        reader.fault = StoreError("away")
        for uri in "bcde":
            reader.show(uri)
        reader.trim(2)
        await eventually(lambda: _fails(tail, StoreError), seconds=5)
        era = tail.era
        reader.fault = None
        await reaches(tail, 4)
        assert tail.era == era + 1
        assert tail.ring.floor == 4


async def test_a_redis_that_is_older_than_what_was_announced_is_waited_for() -> None:
    reader = FakeReader()
    for uri in "abc":
        reader.show(uri)
    stop = asyncio.Event()
    pauses = 0

    async def catch_up(_: float) -> None:
        nonlocal pauses
        pauses += 1
        with pytest.raises(NotWholeError):
            await tail.head()
        with pytest.raises(NotWholeError):
            await tail.current(reader.changes(2, 1, bodies=False))
        reader.show("b", change=1)
        reader.show("c", change=2)
        reader.show("d", change=3)
        await asyncio.sleep(0)

    tail = Tail(reader, BASE, Meter("feed"), stop, catch_up)
    task = asyncio.create_task(tail.run())
    await reaches(tail, 2)
    reader.roll_back(0)
    await reaches(tail, 3)
    assert (tail.era, pauses) == (1, 1)
    task.cancel()


async def test_a_log_that_stays_shorter_is_followed_anew() -> None:
    reader = FakeReader()
    for uri in "abc":
        reader.show(uri)
    async with running(reader) as tail:
        await reaches(tail, 2)
        reader.roll_back(0)
        await reaches(tail, 0)
        assert tail.era == 2
        assert await tail.head() == 0
        with pytest.raises(GoneError):
            await tail.current(reader.changes(2, 1, bodies=False))


async def test_it_waits_at_least_half_a_minute_for_an_older_redis() -> None:
    reader = FakeReader()
    for uri in "abc":
        reader.show(uri)
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    tail = Tail(reader, BASE, Meter("feed"), asyncio.Event(), pause)
    task = asyncio.create_task(tail.run())
    await reaches(tail, 2)
    reader.roll_back(0)
    await reaches(tail, 0)
    task.cancel()
    assert 30 <= sum(pauses) <= 60


async def test_a_poll_ends_with_a_change_or_with_its_time() -> None:
    reader = FakeReader()
    async with running(reader) as tail:
        await eventually(lambda: _passes(tail), seconds=5)
        await tail.wait_beyond(-1, 0)
        waiting = asyncio.create_task(tail.wait_beyond(-1, 60))
        tail.beat()
        reader.show("a")
        await asyncio.wait_for(waiting, 5)


async def test_the_stop_ends_polls_and_pulse() -> None:
    stop = asyncio.Event()
    tail = Tail(FakeReader(), BASE, Meter("feed"), stop)
    waiting = asyncio.create_task(tail.wait_beyond(5, 60))
    pulse = asyncio.create_task(tail.pulse())
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(asyncio.gather(waiting, pulse), 5)


async def test_the_pulse_beats() -> None:
    stop = asyncio.Event()
    tail = Tail(FakeReader(), BASE, Meter("feed"), stop)
    pulse = asyncio.create_task(tail.pulse(0.001))
    waiter = tail.moved.waiter()
    await asyncio.wait_for(waiter, 5)
    assert tail.beats == 1
    stop.set()
    await asyncio.wait_for(pulse, 5)


async def test_each_change_is_told_with_its_trace_and_counted() -> None:
    reader, meter = FakeReader(), Meter("feed")
    reader.show("before")
    tail = Tail(reader, BASE, meter, asyncio.Event(), lambda _: asyncio.sleep(0))
    with capture_logs() as logs:
        task = asyncio.create_task(tail.run())
        await reaches(tail, 0)
        reader.trace_id = "ab" * 16
        reader.show("a", version="3", bodies=[{"value": "secret"}])
        await reaches(tail, 1)
        reader.trace_id = None
        reader.end("a")
        await reaches(tail, 2)
        task.cancel()
    lines = [line for line in logs if line["event"] == "announced"]
    told = [(line["change"], line["kind"], line["uri"], line["version"], line["trace_id"]) for line in lines]
    assert told == [(1, "new", "a", "3", "ab" * 16), (2, "kill", "a", None, None)]
    assert "secret" not in repr(logs)
    assert sample(meter, "newswire_changes_announced_total", kind="new") == 1
    assert sample(meter, "newswire_changes_announced_total", kind="kill") == 1
    assert sample(meter, "newswire_announced_change") == 2


async def _passes(tail: Tail) -> bool:
    return not await _fails(tail, Exception)


async def _fails(tail: Tail, kind: type[Exception]) -> bool:
    try:
        await tail.check()
    except kind:
        return True
    return False
