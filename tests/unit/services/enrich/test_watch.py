from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError

from newswire.errors import FailedError
from services.enrich import watch as watches
from services.enrich.watch import Offsets, Watch, open_offsets
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

OURS = TopicPartition("articles.raw", 1)
OTHER = TopicPartition("articles.raw", 2)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watches, "WATCH_SECONDS", 0)
    monkeypatch.setattr(watches, "PATIENCE_SECONDS", 0.02)
    monkeypatch.setattr(watches, "UNREADY_SECONDS", 0.02)


class Broker:
    """Stands for the broker's answers, and for the worker that is watched."""

    def __init__(self, left: int, *, idle_seconds: float = 31, crashed: Exception | None = None) -> None:
        self.lag = left
        self.away = False
        self.idle = idle_seconds
        self.crashed = crashed
        self.asked = 0

    async def left(self, partitions: object) -> int:
        assert partitions == {OURS}
        self.asked += 1
        if self.away:
            raise FailedError
        return self.lag

    def crash(self) -> Exception | None:
        return self.crashed

    def partitions(self) -> set[TopicPartition]:
        return {OURS}

    def idle_seconds(self) -> float:
        return self.idle


def watch(broker: Broker, tell: Callable[[int | None], None] = lambda _: None) -> Watch:
    return Watch(cast("Offsets", broker), broker, tell)


def start(watching: Watch) -> asyncio.Task[None]:
    return asyncio.create_task(watching.run(asyncio.Event()))


async def test_a_crashed_faust_ends_it() -> None:
    with pytest.raises(RuntimeError, match="seen"):
        await watch(Broker(0, crashed=RuntimeError("seen"))).run(asyncio.Event())


async def test_one_that_does_nothing_while_there_is_more_ends_it() -> None:
    with pytest.raises(FailedError, match="no progress"):
        await asyncio.wait_for(watch(Broker(96)).run(asyncio.Event()), 5)


@pytest.mark.parametrize("broker", [Broker(0), Broker(96, idle_seconds=0)], ids=["nothing to do", "at work"])
async def test_it_goes_on(broker: Broker) -> None:
    running = start(watching := watch(broker))
    began = time.monotonic()
    await until(lambda: running.done() or time.monotonic() > began + 0.1)
    assert not running.done()
    watching.check()
    running.cancel()


async def test_a_broker_that_is_away_is_not_ready_and_no_reason_to_die() -> None:
    told: list[int | None] = []
    broker = Broker(96, idle_seconds=0)
    running = start(watching := watch(broker, told.append))
    await until(lambda: bool(told))
    broker.away, broker.idle = True, 31
    blind = time.monotonic()
    await until(lambda: running.done() or time.monotonic() > blind + 0.1)
    assert not running.done()
    assert (watching.lag, told[0], told[-1]) == (None, 96, None)
    with pytest.raises(FailedError, match="not known"):
        watching.check()
    broker.away = False
    with pytest.raises(FailedError, match="no progress"):
        await asyncio.wait_for(running, 5)


async def test_an_outage_is_not_added_to_the_time_of_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watches, "PATIENCE_SECONDS", 60)
    broker = Broker(96)
    watching = watch(broker)
    await watching._look()
    broker.away = True
    watching._asked -= 3600
    await watching._look()
    broker.away = False
    await watching._look()
    watching.check()


async def test_one_that_stands_still_is_not_ready_long_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watches, "PATIENCE_SECONDS", 60)
    broker = Broker(1)
    watching = watch(broker)
    watching.check()
    running = start(watching)
    await until(lambda: watching._standing_seconds > 0.02)
    with pytest.raises(FailedError, match="no progress"):
        watching.check()
    broker.idle = 0
    await until(lambda: watching._standing_seconds == 0)
    watching.check()
    running.cancel()


class Told:
    """A consumer's answers."""

    def __init__(self, committed: dict[TopicPartition, int | None], error: Exception | None = None) -> None:
        self._committed = committed
        self._error = error

    async def end_offsets(self, partitions: Any) -> dict[TopicPartition, int]:
        if self._error:
            raise self._error
        return dict.fromkeys(partitions, 100)

    async def beginning_offsets(self, partitions: Any) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 10)

    async def committed(self, partition: TopicPartition) -> int | None:
        return self._committed[partition]


@pytest.mark.parametrize(("committed", "left"), [(None, 90), (0, 100), (5, 95), (100, 0), (101, 0)])
async def test_what_is_left_is_what_was_not_committed(committed: int | None, left: int) -> None:
    told = cast("AIOKafkaConsumer", Told({OURS: committed, OTHER: 99}))
    assert await Offsets(told).left({OURS}) == left
    assert await Offsets(told).left([OTHER, OURS]) == left + 1
    assert await Offsets(told).left(()) == 0


async def test_a_broker_that_does_not_tell_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watches, "ASK_SECONDS", 0.01)

    class Silent(Told):
        async def committed(self, _: object) -> None:
            await asyncio.Event().wait()

    for told in (Told({}, KafkaConnectionError("away")), Silent({})):
        with pytest.raises(FailedError):
            await Offsets(cast("AIOKafkaConsumer", told)).left({OURS})


async def test_no_kafka_is_an_error_of_ours() -> None:
    opening = open_offsets("127.0.0.1:1", "group")
    with pytest.raises(FailedError, match=r"no Kafka at 127\.0\.0\.1:1"):
        await cast("Coroutine[Any, Any, object]", opening.__aenter__())
