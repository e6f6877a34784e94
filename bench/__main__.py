"""`make bench`: starts a stack of its own, measures, prints tables."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import embargo, memory, path
from tests.support.ports import free_port_base
from tests.support.stack import RunningStack

RATES = (20, 50)
SECONDS = 60
EMBARGOES = 100
_REST_SECONDS = 10.0
_WIDTH = 110
_BUSY_SECONDS = 30


def main() -> None:
    """Measure memory at rest, the path's latency and the clock's lateness."""
    console = Console(width=max(_WIDTH, Console().width))
    with tempfile.TemporaryDirectory(prefix="newswire-bench-") as folder:
        began = time.monotonic()
        with RunningStack(Path(folder), free_port_base()) as stack:
            stack.wait_ready()
            console.print(f"The stack was ready after {time.monotonic() - began:.1f} s.")
            asyncio.run(_run(stack, console))


async def _run(stack: RunningStack, console: Console) -> None:
    await asyncio.sleep(_REST_SECONDS)
    console.print(_memory(stack))
    table = Table("stories/s", "sent", "got", "twice", "p50 ms", "p90 ms", "p99 ms", "CPU ms a story", "others' cores")
    for rate in RATES:
        console.print(f"Push to stream, {rate} stories/s for {SECONDS} s …")
        row = await path.measure(stack, rate, SECONDS)
        times = (row.p50, row.p90, row.p99, row.cpu)
        counts = (row.rate, row.sent, row.got, row.twice)
        table.add_row(*map(str, counts), *(f"{value:.1f}" for value in times), f"{row.others:.2f}")
    console.print(table)
    lateness = Table("instant", "wire", "count", "early", "late p50 ms", "late p99 ms")
    console.print(f"{EMBARGOES} releases and {EMBARGOES} expiries, on an idle wire and at {RATES[0]} stories/s …")
    idle = await embargo.measure(stack, EMBARGOES)
    busy, _ = await asyncio.gather(embargo.measure(stack, EMBARGOES), path.measure(stack, RATES[0], _BUSY_SECONDS))
    for wire, outcome in (("idle", idle), ("busy", busy)):
        for name, found in outcome.items():
            figures = (found.count, found.early, round(found.p50), round(found.p99))
            lateness.add_row(name, wire, *map(str, figures))
    console.print(lateness)


def _memory(stack: RunningStack) -> Table:
    found = memory.resident_mib(stack.ready["pids"])
    table = Table("process", "resident MiB", title="Memory at rest")
    for name, mib in found.items():
        table.add_row(name, f"{mib:.0f}")
    table.add_row("all", f"{sum(found.values()):.0f}")
    return table


if __name__ == "__main__":
    main()
