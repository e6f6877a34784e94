from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from newswire.errors import SetupError
from newswire.local.process import Child, Program
from newswire.local.supervisor import Hooks, Supervisor
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    Make = Callable[..., Child]

IDLE = "import time; print('up', flush=True); time.sleep(60)"


class OneBroker:
    """A stand-in for Kafka and Redis."""

    def __init__(self, child: Child) -> None:
        self.child = child

    @property
    def children(self) -> Sequence[Child]:
        return [self.child]

    async def start(self) -> None:
        self.child.start()

    async def stop(self) -> None:
        await self.child.stop(5)


class Stand:
    """A supervisor of stand-ins, and what it said and did."""

    def __init__(self, broker: Child, services: Sequence[Child]) -> None:
        self.said: list[str] = []
        self.calls: list[str] = []
        hooks = Hooks(lambda: self.calls.append("started"), lambda: self.calls.append("ready"))
        self.supervisor = Supervisor(OneBroker(broker), services, self.said.append, hooks)
        self.broker, self.services = broker, services


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    made: list[Child] = []

    def child(name: str, script: str = IDLE) -> Child:
        log = tmp_path / f"{name}.log"

        async def answers() -> bool:
            return "up" in made_one.tail()

        made_one = Child(Program(name, lambda: [sys.executable, "-c", script], log, ready=answers))
        made.append(made_one)
        return made_one

    yield child
    for each in made:
        await each.stop(0)


async def test_everything_is_up_after_the_start_and_down_after_the_stop(make: Make) -> None:
    stand = Stand(make("broker"), [make("one"), make("two")])
    await stand.supervisor.start()
    assert [child.name for child in stand.supervisor.children if child.alive] == ["broker", "one", "two"]
    await stand.supervisor.stop()
    assert not [child for child in stand.supervisor.children if child.alive]


async def test_the_broker_outlives_the_services(make: Make, tmp_path: Path) -> None:
    note = tmp_path / "note"
    script = (
        "import signal, sys, time, pathlib\n"
        f"note = pathlib.Path({str(note)!r})\n"
        "def bye(*_):\n    note.open('a').write(NAME + '\\n'); sys.exit(0)\n"
        "signal.signal(15, bye); print('up', flush=True); time.sleep(60)"
    )
    stand = Stand(make("broker", f"NAME='broker'\n{script}"), [make("one", f"NAME='one'\n{script}")])
    await stand.supervisor.start()
    await until(lambda: stand.broker.tail() == ["up"])
    await stand.supervisor.stop()
    assert note.read_text().split() == ["one", "broker"]


async def test_a_service_that_does_not_start_ends_the_start_with_its_log(make: Make) -> None:
    stand = Stand(make("broker"), [make("one"), make("two", "print('no port'); exit(4)")])
    with pytest.raises(SetupError, match=r"two did not start \(exit code 4\)[\s\S]*no port"):
        await stand.supervisor.start()


async def test_what_is_killed_comes_back_and_is_announced(make: Make) -> None:
    stand = Stand(make("broker"), [make("one"), make("two")])
    await stand.supervisor.start()
    victim, first = stand.services[1], stand.services[1].pid
    stand.calls.clear()
    watch = asyncio.create_task(stand.supervisor.watch())
    os.kill(first, signal.SIGKILL)
    await until(lambda: "ready" in stand.calls)
    watch.cancel()
    assert stand.calls == ["started", "ready"]
    assert stand.said == ["two died (signal 9); restarting in 0.2 s", f"two is back (pid {victim.pid})"]
    assert victim.pid != first


async def test_what_comes_back_and_never_gets_ready_is_started_again(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newswire.local.supervisor.READY_SECONDS", 2)
    starts = tmp_path / "starts"
    silent_once = f"""
import pathlib, time
starts = pathlib.Path({str(starts)!r})
starts.write_text((starts.read_text() if starts.exists() else "") + "x")
if starts.read_text() != "xx":
    print("up", flush=True)
time.sleep(60)
"""
    stand = Stand(make("broker"), [make("one", silent_once)])
    await stand.supervisor.start()
    watching = asyncio.create_task(stand.supervisor.watch())
    stand.services[0].kill()
    await until(lambda: "ready" in stand.calls)
    assert starts.read_text() == "xxx"
    watching.cancel()


async def test_a_broker_that_is_killed_comes_back_too(make: Make) -> None:
    stand = Stand(make("broker"), [make("one")])
    await stand.supervisor.start()
    watch = asyncio.create_task(stand.supervisor.watch())
    os.kill(stand.broker.pid, signal.SIGKILL)
    await until(lambda: "ready" in stand.calls)
    watch.cancel()
    assert stand.services[0].alive


async def test_what_dies_too_often_ends_the_watch(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newswire.local.restarts.STILLBORN_LIMIT", 2)
    monkeypatch.setattr("newswire.local.restarts.FIRST_SECONDS", 0.0)
    stand = Stand(make("broker"), [make("one")])
    await stand.supervisor.start()
    broken = Program("one", lambda: [sys.executable, "-c", "print('broken'); exit(1)"], stand.services[0].program.log)

    async def never() -> bool:
        return False

    stand.services[0].program = Program("one", broken.argv, broken.log, ready=never)
    os.kill(stand.services[0].pid, signal.SIGKILL)
    with pytest.raises(SetupError, match=r"one died \(exit code 1\) too often[\s\S]*broken"):
        await asyncio.wait_for(stand.supervisor.watch(), 20)
    assert stand.broker.alive


async def test_kill_ends_all_at_once(make: Make) -> None:
    stand = Stand(make("broker"), [make("one", "import signal, time; signal.signal(15, signal.SIG_IGN)\n" + IDLE)])
    await stand.supervisor.start()
    stand.supervisor.kill()
    for child in stand.supervisor.children:
        assert await child.exited_within(5) == -signal.SIGKILL
