from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.trace import NoOpTracer
from structlog.testing import capture_logs

from newswire.errors import PublishError
from newswire.events import FEED_EVENT, ClockEvent
from newswire.lifecycle import Ref, Story, Version
from newswire.telemetry.metrics import CLOCK_LATE, CLOCK_RECORDS, Meter
from newswire.topics import ENRICHED, trace_of
from services.feed import clock as clocks
from services.feed.clock import AGAIN_MS, Clock
from services.feed.outlet import Outlet
from services.feed.store.writes import Due
from tests.support.metering import sample
from tests.support.waiting import eventually, until

NOW_MS = 1_000_000


def embargoed(uri: str, offset: int, at_ms: int = NOW_MS) -> Due:
    version = Version(Ref(0, offset), 0, "1", 0, embargo_us=at_ms * 1000)
    return Due(expire=False, uri=uri, story=Story("acme", candidate=version, phase="pending"))


class Lab:
    """A clock with a store and a broker of its own; the broker's time is `log_ms`."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.log_ms = NOW_MS
        self.due: list[Due] = []
        self.written: list[ClockEvent] = []
        self.traces: list[str | None] = []
        self.fails = False
        self.tries = 0
        self.takes_effect = False
        writer: Any = SimpleNamespace(due=self._due)
        producer: Any = SimpleNamespace(send_and_wait=self._send)
        self.meter = Meter("projector")
        outlet = Outlet(producer, ENRICHED, self.meter, NoOpTracer())
        self.clock = Clock(writer, outlet, self.meter, lambda: self.now_ms, lambda: True)

    def again(self) -> bool:
        """Let the time pass after which what failed is tried again; says whether that was three times."""
        self.now_ms += AGAIN_MS
        return self.tries >= 3

    async def _due(self, _now_us: int, limit: int) -> list[Due]:
        if self.takes_effect:
            written = {event.uri for event in self.written}
            self.due = [due for due in self.due if due.uri not in written]
        return self.due[:limit]

    async def _send(self, _topic: str, **record: Any) -> Any:
        self.tries += 1
        if self.fails:
            raise TimeoutError
        event = FEED_EVENT.validate_json(record["value"])
        assert isinstance(event, ClockEvent)
        self.written.append(event)
        self.traces.append(trace_of(record["headers"]))
        return SimpleNamespace(timestamp=self.log_ms)


@pytest.fixture
def lab() -> Lab:
    return Lab()


async def test_what_is_due_is_written_once(lab: Lab) -> None:
    lab.due = [embargoed("a", 1), embargoed("b", 2)]
    assert [await lab.clock.tick(), await lab.clock.tick()] == [2, 0]
    assert [(event.kind, event.uri, event.raw.offset) for event in lab.written] == [
        ("release", "a", 1),
        ("release", "b", 2),
    ]


async def test_what_has_no_effect_is_written_again_after_a_while(lab: Lab) -> None:
    lab.due = [embargoed("a", 1)]
    await lab.clock.tick()
    lab.now_ms += AGAIN_MS - 1
    assert await lab.clock.tick() == 0
    lab.now_ms += 1
    assert await lab.clock.tick() == 1


async def test_another_version_of_the_story_is_another_task(lab: Lab) -> None:
    lab.due = [embargoed("a", 1)]
    await lab.clock.tick()
    lab.due = [embargoed("a", 2)]
    assert await lab.clock.tick() == 1


async def test_behind_a_slow_broker_clock_it_tries_again_when_that_has_caught_up(lab: Lab) -> None:
    lab.due = [embargoed("a", 1)]
    lab.log_ms = NOW_MS - 300
    await lab.clock.tick()
    lab.now_ms += 300
    assert await lab.clock.tick() == 0
    lab.now_ms += 1
    assert await lab.clock.tick() == 1


async def test_a_broker_that_does_not_answer_is_an_error_and_is_asked_again(lab: Lab) -> None:
    lab.due = [embargoed("a", 1)]
    lab.fails = True
    with pytest.raises(PublishError):
        await lab.clock.tick()
    lab.fails = False
    lab.now_ms += AGAIN_MS
    assert await lab.clock.tick() == 1


async def test_a_full_batch_is_followed_by_the_next_at_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "TICK_SECONDS", 3600)
    monkeypatch.setattr(clocks, "_BATCH", 2)
    stop = asyncio.Event()
    lab.takes_effect = True
    lab.due = [embargoed(str(number), number) for number in range(3)]
    running = asyncio.create_task(lab.clock.run(stop))

    async def all_written() -> bool:
        return len(lab.written) == 3

    await eventually(all_written, seconds=5)
    running.cancel()


async def test_a_record_goes_on_with_the_trace_of_what_was_pushed(lab: Lab) -> None:
    pushed = f"00-{'ab' * 16}-{'c' * 16}-01"
    lab.due = [replace(embargoed("a", 1), traceparent=pushed)]
    with capture_logs() as logs:
        await lab.clock.tick()
    assert [trace[3:35] for trace in lab.traces if trace] == [line["trace_id"] for line in logs] == ["ab" * 16]


async def test_trouble_is_told_once_and_when_it_is_over(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "TICK_SECONDS", 0)
    lab.due = [embargoed("a", 1)]
    lab.fails = lab.takes_effect = True
    stop = asyncio.Event()
    with capture_logs() as logs:
        running = asyncio.create_task(lab.clock.run(stop))
        await until(lab.again)
        lab.fails = False
        lab.now_ms += AGAIN_MS
        await until(lambda: any(line["event"] == "clock_recovered" for line in logs))
        stop.set()
        await running
    assert [line["event"] for line in logs] == ["clock_retrying", "clock_record", "clock_recovered"]


async def test_each_record_of_an_unknown_trace_begins_one_and_is_told_of(lab: Lab) -> None:
    lab.due = [embargoed("a", 1, NOW_MS - 250), embargoed("b", 2)]
    with capture_logs() as logs:
        await lab.clock.tick()
    assert len(set(lab.traces)) == 2
    assert [trace[3:35] for trace in lab.traces if trace] == [line["trace_id"] for line in logs]
    assert [(line["kind"], line["uri"], line["version"], line["late_seconds"]) for line in logs] == [
        ("release", "a", "1", 0.25),
        ("release", "b", "1", 0.0),
    ]
    assert [line["id"] for line in logs] == [event.id for event in lab.written]
    assert sample(lab.meter, CLOCK_RECORDS.name, kind="release") == 2
    assert sample(lab.meter, f"{CLOCK_LATE.name}_sum", kind="release") == pytest.approx(0.25)


async def test_a_record_that_is_early_is_not_told_as_late(lab: Lab) -> None:
    lab.due = [embargoed("a", 1)]
    lab.log_ms = NOW_MS - 300
    await lab.clock.tick()
    assert sample(lab.meter, CLOCK_RECORDS.name, kind="release") == 1
    assert sample(lab.meter, f"{CLOCK_LATE.name}_count", kind="release") == 0
