from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from newswire.local.folder import write_whole
from newswire.local.leftovers import Record, forget, record, recorded, stop_leftovers
from newswire.local.process import Child, Program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def child(tmp_path: Path) -> AsyncIterator[Child]:
    idle = Child(Program("kafka", lambda: [sys.executable, "-c", "import time; time.sleep(60)"], tmp_path / "k.log"))
    idle.start()
    yield idle
    await idle.stop(0)


async def test_what_still_runs_is_stopped_and_named(child: Child, tmp_path: Path) -> None:
    record(tmp_path, [child])
    assert stop_leftovers(tmp_path) == [f"kafka ({child.pid})"]
    assert not child.alive
    assert recorded(tmp_path) == []


async def test_another_process_with_the_same_id_is_left_alone(child: Child, tmp_path: Path) -> None:
    started = psutil.Process(child.pid).create_time()
    write_whole(tmp_path / "processes.json", f'[{{"name": "kafka", "pid": {child.pid}, "started": {started - 60}}}]')
    assert stop_leftovers(tmp_path) == []
    assert child.alive


async def test_only_what_runs_is_recorded(child: Child, tmp_path: Path) -> None:
    never = Child(Program("redis", list, tmp_path / "r.log"))
    record(tmp_path, [child, never])
    assert recorded(tmp_path) == [Record("kafka", child.pid, psutil.Process(child.pid).create_time())]
    forget(tmp_path)
    assert recorded(tmp_path) == []


def test_what_is_gone_already_is_no_trouble(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    write_whole(tmp_path / "processes.json", f'[{{"name": "kafka", "pid": {gone.pid}, "started": 1.0}}]')
    assert stop_leftovers(tmp_path) == []


@pytest.mark.parametrize("text", ["", "[", "[1]", '[{"other": 1}]'])
def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    write_whole(tmp_path / "processes.json", text)
    assert stop_leftovers(tmp_path) == []
