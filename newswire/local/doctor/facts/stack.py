"""The processes that a ready file names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping


def dead_processes(pids: Mapping[str, int]) -> tuple[str, ...]:
    """Those that do not run."""
    return tuple(name for name, pid in pids.items() if not _alive(pid))


def _alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
