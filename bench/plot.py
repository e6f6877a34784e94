"""The picture beside the table: how late at each rate, and which process took the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from bench.results import rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from bench.results import Results, Row

_INCHES: Final = (11, 4.5)
_COLOURS: Final = ("#0b5cad", "#c2410c", "#4d7c0f")
_ITSELF: Final = "the enrichment itself"
# The peers' processes have the colours of those of ours that do the same.
_SAME: Final = {"push": "ingest", "work": "enrich"}
_PROCESSES: Final = {
    "ingest": "#0b5cad",
    "enrich": "#60a5fa",
    _ITSELF: "#cbd5e1",
    "projector": "#0f766e",
    "feed": "#5eead4",
    "kafka": "#1f2937",
    "redis": "#c2410c",
    "postgres": "#4d7c0f",
    "up": "#a855f7",
}
# Text stays text, and the same figures give the same file.
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "newswire",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(results: Results, path: Path) -> None:
    """Write the picture as SVG."""
    found = rows(results)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=_INCHES, layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw_latencies(left, found)
        _draw_cpu(right, found)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _draw_latencies(axes: Axes, found: Sequence[Row]) -> None:
    rates = list(dict.fromkeys(row.rate for row in found))
    for index, name in enumerate(dict.fromkeys(row.contender for row in found)):
        mine = [row for row in found if row.contender == name]
        places = [rates.index(row.rate) + 0.2 * (index - 1) for row in mine]
        colour = _COLOURS[index % len(_COLOURS)]
        axes.vlines(places, [row.p50_ms for row in mine], [row.p99_ms for row in mine], color=colour, linewidth=1)
        for marker, figures in (
            ("o", [row.p50_ms for row in mine]),
            ("_", [row.p90_ms for row in mine]),
            ("^", [row.p99_ms for row in mine]),
        ):
            axes.plot(places, figures, marker, color=colour, label=name if marker == "o" else None)
    axes.set_xticks(range(len(rates)), [f"{rate} stories/s" for rate in rates])
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("push to stream, ms")
    axes.set_title("Circle p50, dash p90, triangle p99", fontsize=9)
    axes.legend(frameon=False)


def _draw_cpu(axes: Axes, found: Sequence[Row]) -> None:
    parts = [_parts(row) for row in found]
    places = range(len(found), 0, -1)
    starts = [0.0] * len(found)
    for process, colour in _PROCESSES.items():
        widths = [part.get(process, 0.0) for part in parts]
        if any(widths):
            axes.barh(places, widths, left=starts, color=colour, label=process)
            starts = [start + width for start, width in zip(starts, widths, strict=True)]
    axes.set_yticks(places, [f"{row.contender}, {row.rate}/s" for row in found])
    axes.set_xlabel("CPU a story, ms")
    axes.legend(frameon=False)


def _parts(row: Row) -> dict[str, float]:
    parts = {_SAME.get(name, name): value for name, value in row.cpu_ms.items()}
    if row.enrichment_ms:
        parts[_ITSELF] = row.enrichment_ms
        parts["enrich"] -= row.enrichment_ms
    return parts
