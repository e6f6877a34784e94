"""Order statistics, and what else the machine was doing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class Load:
    """CPU seconds of the whole machine and of some processes since the start."""

    pids: Sequence[int]

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._machine = _machine()
        self._ours = self._of_ours()

    def others(self) -> float:
        """How many cores others took on the average since the start."""
        ours = self._of_ours() - self._ours
        return max(0.0, (_machine() - self._machine - ours) / (time.monotonic() - self._began))

    def cpu_seconds(self) -> float:
        """What the processes took since the start."""
        return self._of_ours() - self._ours

    def _of_ours(self) -> float:
        spent = [psutil.Process(pid).cpu_times() for pid in self.pids]
        own = psutil.Process().cpu_times()
        return float(sum(times.user + times.system for times in [*spent, own]))


def _machine() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))
