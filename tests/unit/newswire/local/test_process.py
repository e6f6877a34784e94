from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from newswire.errors import SetupError
from newswire.local.process import Child, Program, describe_exit, rotate, tail
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    Make = Callable[..., Child]

STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    made: list[Child] = []

    def child(script: str, **more: object) -> Child:
        program = Program("thing", lambda: [sys.executable, "-c", script], tmp_path / "thing.log", **more)  # type: ignore[arg-type]
        made.append(Child(program))
        return made[-1]

    yield child
    for each in made:
        await each.stop(0)


async def test_it_runs_logs_and_exits(make: Make) -> None:
    ended: list[int] = []
    child = make("import sys; print('hello'); sys.exit(3)", ended=ended.append)
    child.start()
    assert await child.exited() == 3
    assert child.tail() == ["hello"]
    assert child.exit_code == 3
    assert ended == [3]


async def test_a_child_that_exits_before_it_answers_is_an_error_with_its_last_lines(make: Make) -> None:
    async def never() -> bool:
        return False

    child = make("print('no such thing'); exit(1)", ready=never)
    child.start()
    with pytest.raises(SetupError, match=r"thing did not start \(exit code 1\)[\s\S]*no such thing"):
        await child.wait_ready(20)


async def test_a_child_that_never_answers_is_an_error(make: Make) -> None:
    async def never() -> bool:
        return False

    child = make("import time; time.sleep(60)", ready=never)
    child.start()
    with pytest.raises(SetupError, match=r"did not answer within 0\.1 s[\s\S]*logged nothing"):
        await child.wait_ready(0.1)


async def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    child = Child(Program("thing", lambda: [str(tmp_path / "absent")], tmp_path / "thing.log"))
    with pytest.raises(SetupError, match="thing cannot be started"):
        child.start()


async def test_stop_kills_what_ignores_sigterm(make: Make) -> None:
    child = make(STUBBORN)
    child.start()
    await until(lambda: child.tail() == ["up"])
    await child.stop(0.2)
    assert child.exit_code == -signal.SIGKILL


async def test_stop_reaches_a_child_that_is_suspended(make: Make) -> None:
    child = make("import time; print('up', flush=True); time.sleep(60)")
    child.start()
    await until(lambda: child.tail() == ["up"])
    os.kill(child.pid, signal.SIGSTOP)
    await child.stop(5)
    assert child.exit_code == -signal.SIGTERM


async def test_the_childs_own_children_go_with_it(make: Make) -> None:
    child = make(
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(p.pid, flush=True); p.wait()"
    )
    child.start()
    await until(lambda: bool(child.tail()))
    worker = psutil.Process(int(child.tail()[0]))
    await child.stop(5)
    await until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)


async def test_a_second_start_is_another_process_and_its_tail_is_its_own(make: Make) -> None:
    child = make("import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    child.start()
    first = child.pid
    await until(lambda: child.tail() == [str(first)])
    child.kill()
    await child.exited()
    child.start()
    assert child.pid != first
    await until(lambda: child.tail() == [str(child.pid)])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
async def test_children_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time, pathlib\n"
        "from newswire.local.process import Child, Program\n"
        "argv = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        f"child = Child(Program('c', lambda: argv, pathlib.Path({str(tmp_path / 'c.log')!r})))\n"
        "child.start(); print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:  # noqa: ASYNC220
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    await until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_large_log_is_moved_aside_once(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("0123456789")
    rotate(log, limit_bytes=10)
    assert log.exists()
    rotate(log, limit_bytes=9)
    assert not log.exists()
    assert (tmp_path / "a.log.1").read_text() == "0123456789"


def test_the_tail_begins_where_this_run_began(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("before\nafter 1\nafter 2\n")
    assert tail(log, len("before\n"), 15) == ["after 1", "after 2"]
    assert tail(log, 0, 1) == ["after 2"]
    assert tail(tmp_path / "absent", 0, 1) == []


@pytest.mark.parametrize(("code", "words"), [(3, "exit code 3"), (-9, "signal 9"), (None, "still running")])
def test_exit_codes_in_words(code: int | None, words: str) -> None:
    assert describe_exit(code) == words


async def test_the_life_is_counted_from_the_last_start(make: Make) -> None:
    child = make("pass")
    child.start()
    began = time.monotonic()
    await child.exited()
    assert child.lived_seconds >= time.monotonic() - began
