from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP
from opentelemetry.trace import NoOpTracer

from newswire.errors import FailedError
from newswire.telemetry.metrics import Meter
from services.enrich import app as apps
from services.enrich.account import Account
from services.enrich.settings import EnrichSettings
from tests.support.metering import sample
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Died(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(autouse=True)
def mortal(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(error: BaseException) -> None:
        raise Died(str(error))

    monkeypatch.setattr(apps, "die", die)
    monkeypatch.setattr(apps, "_WATCH_SECONDS", 0)


def faust(*, crashed: bool = False, position: int | None = 5, end: int = 5, silent: bool = False) -> Any:
    async def where(_: object) -> int | None:
        if silent:
            await asyncio.Event().wait()
        return position

    async def ends(*partitions: object) -> dict[object, int]:
        return dict.fromkeys(partitions, end)

    ours = {TP("articles.raw", 1)}
    consumer = SimpleNamespace(assignment=lambda: ours, position=where, highwaters=ends)
    return SimpleNamespace(crashed=crashed, crash_reason=RuntimeError("seen") if crashed else None, consumer=consumer)


def enricher(idle_seconds: float, acked: dict[int, int] | None = None) -> Any:
    return SimpleNamespace(idle_seconds=lambda: idle_seconds, acked=acked or {})


def account() -> Account:
    return Account(Meter("enrich"), NoOpTracer(), "group")


async def watch(app: Any, idle_seconds: float) -> None:
    watching = apps.Watch(app, enricher(idle_seconds), account())
    await asyncio.wait_for(watching.run(asyncio.Event()), 0.2)


async def test_a_crashed_faust_ends_the_process() -> None:
    with pytest.raises(Died, match="seen"):
        await watch(faust(crashed=True), 0)


async def test_a_consumer_that_stands_still_before_more_records_ends_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apps, "_PATIENCE_SECONDS", 0.02)
    with pytest.raises(Died, match="no progress"):
        await watch(faust(end=6), 31)


async def test_so_does_one_that_never_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "_PATIENCE_SECONDS", 0.02)
    with pytest.raises(Died, match="no progress"):
        await watch(faust(position=0, end=6), 31)


@pytest.mark.parametrize(
    ("app", "idle_seconds"),
    [(faust(), 31), (faust(end=6), 0), (faust(position=None), 31), (faust(end=6, silent=True), 31)],
)
async def test_nothing_to_do_is_no_reason_to_die(
    app: Any, idle_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apps, "_PATIENCE_SECONDS", 0.02)
    monkeypatch.setattr(apps, "_ASK_SECONDS", 0.01)
    with pytest.raises(TimeoutError):
        await watch(app, idle_seconds)


async def test_more_records_after_a_quiet_hour_are_no_reason_to_die() -> None:
    with pytest.raises(TimeoutError):
        await watch(faust(end=6), 3600)


class Kafka:
    """What of a producer is asked: its client, and whether the broker answers it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.client = self
        self.error = error

    async def fetch_all_metadata(self) -> None:
        if self.error:
            raise self.error


def checks(app: Any, producer: Any = None) -> Any:
    return apps._checks(app, producer or Kafka(), apps.Watch(app, enricher(0), account()))


async def consumer_check(app: Any) -> None:
    await checks(app)["consumer"]()


async def test_a_kafka_that_does_not_answer_shows() -> None:
    await checks(faust())["kafka"]()
    with pytest.raises(FailedError):
        await checks(faust(), Kafka(KafkaConnectionError("away")))["kafka"]()


@pytest.mark.parametrize(("acked", "lag"), [({}, 4), ({1: 4}, 5), ({1: 9}, 0)])
async def test_the_lag_is_what_was_not_acked(acked: dict[int, int], lag: int) -> None:
    watching = apps.Watch(faust(position=6, end=10), enricher(0), told := account())
    await watching._look()
    watching._enricher = enricher(0, acked)
    seen = await watching._look()
    assert seen == apps.Look(lag, behind=True)
    told.lags(seen.lag)
    assert sample(told.meter, "newswire_lag_records", topic="articles.raw") == lag


async def test_a_crashed_faust_is_not_ready() -> None:
    await consumer_check(faust())
    with pytest.raises(FailedError):
        await consumer_check(faust(crashed=True))


async def test_one_that_stands_still_is_not_ready_long_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "_UNREADY_SECONDS", 0.02)
    watching = apps.Watch(app := faust(end=6), enricher(31), account())
    ready: Any = apps._checks(app, cast("Any", Kafka()), watching)["consumer"]
    await ready()
    running = asyncio.create_task(watching.run(asyncio.Event()))
    await until(lambda: watching.standing_seconds > 0.02)
    with pytest.raises(FailedError, match="no progress"):
        await ready()
    watching._enricher = enricher(0)
    await until(lambda: watching.standing_seconds == 0)
    await ready()
    running.cancel()


CRASHING = """
import asyncio
from pathlib import Path
from services.enrich import app as apps
from services.enrich.settings import EnrichSettings

make_app = apps.make_app

def crashing(settings):
    app = make_app(settings)

    async def crash():
        while not apps._assignment(app):
            await asyncio.sleep(0.05)
        await app.consumer.crash(RuntimeError("as in a failed commit"))

    app.crashing = asyncio.get_running_loop().create_task(crash())
    return app

apps.make_app = crashing
asyncio.run(apps.run_enrich(EnrichSettings()))
"""


@pytest.mark.servers
async def test_a_real_faust_that_crashes_ends_the_process(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("NEWSWIRE_KAFKA", kafka_bootstrap)
    monkeypatch.setenv("NEWSWIRE_ENRICH_PORT", "0")
    monkeypatch.setenv("NEWSWIRE_DATA", str(tmp_path))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", CRASHING)
    try:
        assert await asyncio.wait_for(process.wait(), 60) == 70
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_start_that_fails_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def producer(_: str) -> AsyncIterator[None]:
        yield

    async def fail(*_: object) -> None:
        msg = "no answer"
        raise FailedError(msg)

    for name, stand_in in (
        ("load_pipeline", lambda: SimpleNamespace(enrich=None)),
        ("open_producer", producer),
        ("make_app", lambda _: None),
        ("register", lambda *_: None),
        ("_start", fail),
    ):
        monkeypatch.setattr(apps, name, stand_in)
    with pytest.raises(Died, match="no answer"):
        await apps.run_enrich(EnrichSettings())
