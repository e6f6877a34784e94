from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import structlog
from aiokafka.errors import KafkaConnectionError
from opentelemetry.trace import NoOpTracer

from newswire.errors import FailedError
from newswire.health import run_checks
from newswire.telemetry.metrics import Meter
from services.enrich import worker as workers
from services.enrich.account import Account
from services.enrich.settings import EnrichSettings
from services.enrich.worker import Worker
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Died(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(autouse=True)
def mortal(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(error: BaseException) -> None:
        raise Died(str(error))

    monkeypatch.setattr(workers, "die", die)
    monkeypatch.setattr(workers, "_RETRY_SECONDS", 0)


class Kafka:
    """What of a producer is asked: its client, and whether the broker answers it."""

    def __init__(self) -> None:
        self.client = self
        self.error: Exception | None = None

    async def fetch_all_metadata(self) -> None:
        if self.error:
            raise self.error


class Faust:
    """Stands for the consumer."""

    start_error: Exception | None = None
    stop_error: Exception | None = None

    def __init__(self, *_: object) -> None:
        self.let_go = asyncio.Event()
        self.let_go.set()
        self.stopped = False
        self.crashed: Exception | None = None
        self.ours = {1}
        workers_made.append(self)

    async def start(self, _: str) -> None:
        await self.let_go.wait()
        if self.start_error:
            raise self.start_error

    async def stop(self) -> None:
        self.stopped = True
        if self.stop_error:
            raise self.stop_error

    def crash(self) -> Exception | None:
        return self.crashed

    def partitions(self) -> set[int]:
        return self.ours

    def idle_seconds(self) -> float:
        return 0


workers_made: list[Faust] = []


class Offsets:
    async def left(self, _: object) -> int:
        return 4


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Kafka:
    """A broker that is there, and a Faust that starts."""
    there = Kafka()

    @asynccontextmanager
    async def producer(_: str) -> AsyncIterator[Kafka]:
        yield there

    @asynccontextmanager
    async def offsets(*_: str) -> AsyncIterator[Offsets]:
        yield Offsets()

    workers_made.clear()
    monkeypatch.setattr(workers, "open_producer", producer)
    monkeypatch.setattr(workers, "open_offsets", offsets)
    monkeypatch.setattr(workers, "make_app", lambda _: None)
    monkeypatch.setattr(workers, "register", lambda *_: None)
    monkeypatch.setattr(workers, "Consumer", Faust)
    return there


@pytest.fixture
def worker() -> Worker:
    account = Account(Meter("enrich"), NoOpTracer(), "group")
    return Worker(EnrichSettings(kafka="127.0.0.1:1"), account, cast("Any", None))


async def told(worker: Worker) -> dict[str, Any]:
    checks: Any = (await run_checks(worker.checks()))["checks"]
    return {name: outcome.get("output", outcome["status"]) for name, [outcome] in checks.items()}


async def test_without_kafka_it_says_so_once_goes_on_and_ends_at_once(worker: Worker) -> None:
    stop = asyncio.Event()
    with structlog.testing.capture_logs() as lines:
        running = asyncio.create_task(worker.run(stop))
        await until(lambda: bool(lines))
        assert await told(worker) == {
            "kafka": "Kafka at 127.0.0.1:1 has not answered yet",
            "consumer": "not started",
            "articles.raw:lag": "pass",
        }
        stop.set()
        await asyncio.wait_for(running, 5)
    assert [line["event"] for line in lines] == ["kafka_awaited"]
    await worker.close(0)


async def test_once_it_runs_it_says_how_it_is(worker: Worker, kafka: Kafka) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    await until(lambda: worker._running is not None and worker._running.watch.lag is not None)
    [faust] = workers_made
    assert await told(worker) == dict.fromkeys(("kafka", "consumer", "articles.raw:lag"), "pass")
    lag: Any = await worker._lag()
    assert (lag.value, lag.unit) == (4, "records")
    kafka.error = KafkaConnectionError("away")
    assert (await told(worker))["kafka"] == "Kafka does not answer"
    faust.ours = set()
    assert (await told(worker))["consumer"] == "no partition of articles.raw is assigned"
    faust.crashed = RuntimeError()
    assert (await told(worker))["consumer"] == "Faust has crashed"
    faust.crashed = None
    stop.set()
    await asyncio.wait_for(running, 5)
    await worker.close(0)
    assert faust.stopped


async def test_a_start_that_fails_ends_the_process(
    worker: Worker, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kafka
    monkeypatch.setattr(Faust, "start_error", FailedError("no answer"))
    with pytest.raises(Died, match="no answer"):
        await worker.run(asyncio.Event())


async def test_so_does_a_crash(worker: Worker, kafka: Kafka) -> None:
    assert kafka
    running = asyncio.create_task(worker.run(asyncio.Event()))
    await until(lambda: worker._running is not None)
    workers_made[0].crashed = RuntimeError("seen")
    with pytest.raises(Died, match="seen"):
        await asyncio.wait_for(running, 5)


async def test_a_signal_does_not_wait_for_the_start(
    worker: Worker, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kafka

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Faust, "start", never)
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    await until(lambda: bool(workers_made))
    assert (await told(worker))["consumer"] == "not started"
    stop.set()
    await asyncio.wait_for(running, 5)
    await worker.close(0)
    assert not workers_made[0].stopped


async def test_a_stop_that_fails_is_an_error_and_one_that_hangs_ends_the_process(
    worker: Worker, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kafka
    left: list[int] = []
    monkeypatch.setattr(workers, "os", SimpleNamespace(_exit=left.append))
    monkeypatch.setattr(Faust, "stop_error", ZeroDivisionError())
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    await until(lambda: worker._running is not None)
    stop.set()
    await asyncio.wait_for(running, 5)
    with pytest.raises(ZeroDivisionError):
        await worker.close(0)
    monkeypatch.setattr(workers, "_STOP_SECONDS", 0.01)
    with workers._bounded(3):
        await until(lambda: bool(left))
    assert left == [3]
