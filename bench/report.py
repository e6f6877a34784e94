"""The measured path in words: tables in Markdown, and their place in docs/performance.md. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.results import GOALS, ratio, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.results import Goal, Results, Row

BEGIN: Final = "<!-- bench:path -->"
END: Final = "<!-- /bench -->"
PICTURE: Final = "pictures/path.svg"
LATENCY_HEADER: Final = (
    *("stories/s", "contender", "got of sent", "twice", "p50 ms", "p90 ms", "p99 ms", "CPU ms a story"),
    *("without the enrichment", "generator's cores", "others' cores: median, most", "runs, refused"),
)
CPU_HEADER: Final = ("stories/s", "contender", "processes")
GOAL_HEADER: Final = ("newswire's over the peer's", "peer", "goal", "stretch", "measured")


def latency_cells(row: Row) -> list[str]:
    """A row of the table of latencies."""
    return [
        *(str(row.rate), row.contender, f"{row.got} of {row.sent}", str(row.twice)),
        *(f"{value:.1f}" for value in (row.p50_ms, row.p90_ms, row.p99_ms)),
        *(f"{value:.2f}" for value in (sum(row.cpu_ms.values()), row.own_cpu_ms, row.generator_cores)),
        f"{row.others_cores:.2f}, {row.others_most:.2f}",
        f"{row.runs}, {row.refused}",
    ]


def goal_cells(goal: Goal, among: Sequence[Row]) -> list[str]:
    """A row of the table of goals."""
    found = ratio(goal, among)
    stretch = "" if goal.stretch is None else f"{goal.stretch:g}"
    return [goal.what, goal.peer, f"{goal.target:g}", stretch, "not measured" if found is None else f"{found:.2f}"]


def cpu_cells(row: Row) -> list[str]:
    """A row of the table of processes."""
    parts = [f"{name} {value:.2f}" for name, value in row.cpu_ms.items()]
    if row.enrichment_ms:
        parts.append(f"of enrich, the enrichment itself: {row.enrichment_ms:.2f}")
    return [str(row.rate), row.contender, ", ".join(parts)]


def section(results: Results) -> str:
    """The generated part of docs/performance.md."""
    found = rows(results)
    return "\n\n".join(
        [
            (
                f"{results.machine}; runs of {results.seconds} s. A run beside which others took more than "
                f"{results.others_bound:g} cores is refused."
            ),
            *(f"Skipped: {name}, for {why}." for name, why in results.skipped.items()),
            _table(LATENCY_HEADER, map(latency_cells, found)),
            f"![Latency and CPU by contender and rate]({PICTURE})",
            _table(GOAL_HEADER, (goal_cells(goal, found) for goal in GOALS)),
            "CPU milliseconds a story by process:",
            _table(CPU_HEADER, map(cpu_cells, found)),
        ]
    )


def placed(document: str, generated: str) -> str:
    """The document with its generated part replaced. Raises ValueError where the markers are missing."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"no {BEGIN} … {END} to replace"
        raise ValueError(message)
    return f"{before}{BEGIN}\n{generated}\n{END}{after}"


def _table(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(header)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, rule, *lines))
