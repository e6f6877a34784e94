"""Who took how much CPU: the processes that are measured, the generator, and everybody else on the machine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Spent:
    """CPU seconds by the name of a process, and the cores that the generator and others took on the average."""

    seconds: Mapping[str, float]
    generator_cores: float
    others_cores: float


class Account:
    """What was taken since it was opened. The generator is the process that asks."""

    def __init__(self, pids: Mapping[str, Sequence[int]]) -> None:
        self._pids = pids
        self._before = self._read()

    def spent(self) -> Spent:
        """What was taken up to now."""
        before, after = self._before, self._read()
        seconds = {name: after.named[name] - before.named[name] for name in self._pids}
        lasted = after.at - before.at
        generator = after.generator - before.generator
        others = after.machine - before.machine - generator - sum(seconds.values())
        # The machine counts in hundredths of a second, and rounds.
        return Spent(seconds, generator / lasted, max(0.0, others / lasted))

    def _read(self) -> _Reading:
        named = {name: sum(map(_process_seconds, pids)) for name, pids in self._pids.items()}
        return _Reading(time.monotonic(), named, _process_seconds(psutil.Process().pid), _machine_seconds())


@dataclass(frozen=True)
class _Reading:
    at: float
    named: Mapping[str, float]
    generator: float
    machine: float


def _process_seconds(pid: int) -> float:
    """Its own, and that of children that have ended."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def _machine_seconds() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))
