"""newswire itself, as `make run` starts it, without the samples."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bench.contenders.contender import Running
from bench.results import NEWSWIRE
from tests.support.ports import free_port_base
from tests.support.stack import RunningStack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Newswire:
    """Kafka, Redis, the four services, and what supervises them."""

    name = NEWSWIRE

    def missing(self) -> str | None:
        """It brings all that it needs."""
        return None

    @asynccontextmanager
    async def run(self, folder: Path) -> AsyncIterator[Running]:
        """A stack of its own."""
        with RunningStack(folder, free_port_base()) as stack:
            stack.wait_ready()
            yield running(stack)


def running(stack: RunningStack) -> Running:
    """Where a stack is that was started for something else."""
    ready = stack.ready
    assert stack.process is not None  # noqa: S101 - it is ready
    return Running(
        push_url=f"{ready['ingest']}/v1/stories",
        stream_url=f"{ready['feed']}/v1/stream",
        pids={**{name: [pid] for name, pid in ready["pids"].items() if pid}, "up": [stack.process.pid]},
        headers={"Authorization": f"Bearer {ready['key']}"},
    )
