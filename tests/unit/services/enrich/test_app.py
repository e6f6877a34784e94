from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from newswire.errors import FailedError
from services.enrich import app as apps
from services.enrich.settings import EnrichSettings

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

    consumer = SimpleNamespace(assignment=lambda: {1}, position=where, highwaters=ends)
    return SimpleNamespace(crashed=crashed, crash_reason=RuntimeError("seen") if crashed else None, consumer=consumer)


def enricher(idle_seconds: float) -> Any:
    return SimpleNamespace(idle_seconds=lambda: idle_seconds)


async def watch(app: Any, idle_seconds: float) -> None:
    await asyncio.wait_for(apps._watch(app, enricher(idle_seconds), asyncio.Event()), 0.2)


async def test_a_crashed_faust_ends_the_process() -> None:
    with pytest.raises(Died, match="seen"):
        await watch(faust(crashed=True), 0)


async def test_a_consumer_that_stands_still_before_more_records_ends_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apps, "_PATIENCE_SECONDS", 0.02)
    with pytest.raises(Died, match="no progress"):
        await watch(faust(end=6), 31)


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


async def test_a_crashed_faust_is_not_ready() -> None:
    await apps._check(faust())()
    with pytest.raises(FailedError):
        await apps._check(faust(crashed=True))()


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
