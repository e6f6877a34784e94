"""What a supervisor that was killed left running: recorded while it ran, stopped by the next one."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import psutil

from newswire.errors import SetupError
from newswire.local.folder import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from newswire.local.process import Child

STOP_SECONDS: Final = 5.0
# The system keeps the start time in ticks and counts from the boot, so it wavers a little.
_SAME_START_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Record:
    """A process, told from a later one with the same id by when it started."""

    name: str
    pid: int
    started: float


def _file(data: Path) -> Path:
    return data / "processes.json"


def record(data: Path, children: Iterable[Child]) -> None:
    """Write down the processes that run now."""
    write_whole(_file(data), json.dumps([asdict(each) for each in _running(children)]))


def _running(children: Iterable[Child]) -> Iterable[Record]:
    for child in children:
        with suppress(psutil.Error):
            if child.alive:
                yield Record(child.name, child.pid, psutil.Process(child.pid).create_time())


def forget(data: Path) -> None:
    """Everything was stopped in order."""
    _file(data).unlink(missing_ok=True)


def recorded(data: Path) -> list[Record]:
    """What the last supervisor wrote down; nothing when that cannot be read."""
    try:
        return [Record(**each) for each in json.loads(_file(data).read_text())]
    except (OSError, ValueError, TypeError):
        return []


def stop_leftovers(data: Path) -> list[str]:
    """Stop what is still running of the last supervisor's processes, and name it."""
    found = [(each, process) for each in recorded(data) if (process := _ours(each))]
    for _, process in found:
        with suppress(psutil.Error):
            process.terminate()
            process.resume()
    _, stubborn = psutil.wait_procs([process for _, process in found], timeout=STOP_SECONDS)
    for each, _ in found:
        # Its group too: the workers of a service are not in the record.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(each.pid, signal.SIGKILL)
    _, unkillable = psutil.wait_procs(stubborn, timeout=STOP_SECONDS)
    if unkillable:
        msg = f"process {unkillable[0].pid} of an earlier start cannot be stopped"
        raise SetupError(msg)
    forget(data)
    return [f"{each.name} ({each.pid})" for each, _ in found]


def _ours(each: Record) -> psutil.Process | None:
    try:
        process = psutil.Process(each.pid)
        same = abs(process.create_time() - each.started) < _SAME_START_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None
