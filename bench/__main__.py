"""`make bench`: starts what it measures, prints tables, and keeps the path's figures for docs/performance.md."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click
from rich.console import Console
from rich.table import Table

from bench import embargo, memory, path, report
from bench.contenders.newswire import running
from bench.generator import drive, precise_loop
from bench.plot import draw
from bench.results import GOALS, Results, rows
from tests.support.ports import free_port_base
from tests.support.stack import RunningStack

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence

_T = TypeVar("_T")

RESULTS: Final = Path(__file__).parent / "results" / "path.json"
DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "performance.md"
PICTURE: Final = DOCUMENT.parent / report.PICTURE
EMBARGOES: Final = 100
_REST_SECONDS = 10.0
_WIDTH = 160
_BUSY_RATE = 20
_BUSY_SECONDS = 30
_QUICK: Final = path.Plan(rounds=1, seconds=5, others_cores=float("inf"))


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Measure everything, some 25 minutes on an otherwise idle machine; or a part of it."""
    if context.invoked_subcommand is None:
        context.invoke(stack_command)
        context.invoke(path_command)


@main.command("path")
@click.option("--rounds", default=path.Plan.rounds, show_default=True, type=click.IntRange(1))
@click.option("--seconds", default=path.Plan.seconds, show_default=True, type=click.IntRange(1), help="Of each run.")
@click.option(
    "--others", default=path.Plan.others_cores, show_default=True, help="Cores beyond which a run is refused."
)
@click.option("--quick", is_flag=True, help="One short round, whatever else the machine does; nothing is kept.")
def path_command(rounds: int, seconds: int, others: float, *, quick: bool) -> None:
    """Push to stream, newswire beside its peers; figures and picture go to docs/performance.md."""
    console = _console()
    plan = _QUICK if quick else path.Plan(rounds=rounds, seconds=seconds, others_cores=others)
    results = _run(path.measure(plan, console.print))
    _print(results, console)
    if not quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(results.model_dump_json(indent=1) + "\n", "utf-8")
        publish(results)


@main.command("plot")
def plot_command() -> None:
    """Write table and picture again from what was measured last."""
    results = Results.model_validate_json(RESULTS.read_text("utf-8"))
    _print(results, _console())
    publish(results)


@main.command("stack")
def stack_command() -> None:
    """Memory at rest, and how late embargoes and expiries are."""
    console = _console()
    with tempfile.TemporaryDirectory(prefix="newswire-bench-") as folder:
        began = time.monotonic()
        with RunningStack(Path(folder), free_port_base()) as stack:
            stack.wait_ready()
            console.print(f"The stack was ready after {time.monotonic() - began:.1f} s.")
            _run(_measure_stack(stack, console))


def publish(results: Results) -> None:
    """Put the figures into docs/performance.md, and the picture beside it."""
    document = DOCUMENT.read_text("utf-8")
    DOCUMENT.write_text(report.placed(document, report.section(results)), "utf-8")
    draw(results, PICTURE)


async def _measure_stack(stack: RunningStack, console: Console) -> None:
    await asyncio.sleep(_REST_SECONDS)
    found = memory.resident_mib(stack.ready["pids"])
    lines = [(name, f"{mib:.0f}") for name, mib in [*found.items(), ("all", sum(found.values()))]]
    console.print(_table("Memory at rest", ("process", "resident MiB"), lines))
    console.print(f"{EMBARGOES} releases and {EMBARGOES} expiries, on an idle wire and at {_BUSY_RATE} stories/s …")
    idle = await embargo.measure(stack, EMBARGOES)
    load = drive(running(stack), _BUSY_RATE, _BUSY_RATE * _BUSY_SECONDS)
    busy, _ = await asyncio.gather(embargo.measure(stack, EMBARGOES), load)
    header = ("instant", "wire", "count", "early", "late p50 ms", "late p99 ms")
    lateness = [
        (name, wire, str(late.count), str(late.early), f"{late.p50:.0f}", f"{late.p99:.0f}")
        for wire, outcome in (("idle", idle), ("busy", busy))
        for name, late in outcome.items()
    ]
    console.print(_table("Embargoes and expiries", header, lateness))


def _print(results: Results, console: Console) -> None:
    found = rows(results)
    console.print(_table("Push to stream", report.LATENCY_HEADER, map(report.latency_cells, found)))
    console.print(_table("CPU ms a story", report.CPU_HEADER, map(report.cpu_cells, found)))
    console.print(_table("Goals", report.GOAL_HEADER, (report.goal_cells(goal, found) for goal in GOALS)))
    for name, why in results.skipped.items():
        console.print(f"Skipped: {name}, for {why}.")


def _table(title: str, header: Sequence[str], lines: Iterable[Sequence[str]]) -> Table:
    table = Table(*header, title=title)
    for cells in lines:
        table.add_row(*cells)
    return table


def _console() -> Console:
    return Console(width=max(_WIDTH, Console().width), highlight=False)


def _run(work: Coroutine[None, None, _T]) -> _T:
    with asyncio.Runner(loop_factory=precise_loop) as runner:
        return runner.run(work)


if __name__ == "__main__":
    main()
