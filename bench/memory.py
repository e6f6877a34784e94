"""What the stack's processes hold in memory."""

from __future__ import annotations

import psutil


def resident_mib(pids: dict[str, int]) -> dict[str, float]:
    """Resident memory of each process, in MiB."""
    return {name: psutil.Process(pid).memory_info().rss / 2**20 for name, pid in pids.items()}
