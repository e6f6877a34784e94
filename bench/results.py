"""What was measured, as it is kept in JSON, and what follows from it: medians over rounds, and goals. Pure."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NEWSWIRE: Final = "newswire"
REDIS_STREAMS: Final = "Redis Streams only"
POSTGRES: Final = "PostgreSQL inline"


class Run(BaseModel):
    """One contender at one rate in one round. CPU is milliseconds a story, by process."""

    model_config = ConfigDict(frozen=True)

    contender: str
    number: int
    rate: int
    sent: int
    got: int
    twice: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    cpu_ms: dict[str, float]
    generator_cores: float
    generator_behind_ms: float
    others_cores: float
    accepted: bool


class Results(BaseModel):
    """A whole measurement. `skipped` says why a contender is missing."""

    model_config = ConfigDict(frozen=True)

    machine: str
    seconds: int
    others_bound: float
    skipped: dict[str, str]
    enrichment_ms: list[float]
    runs: list[Run]


class Row(NamedTuple):
    """The medians of a contender's accepted runs at a rate; counts are sums."""

    contender: str
    rate: int
    runs: int
    refused: int
    sent: int
    got: int
    twice: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    cpu_ms: Mapping[str, float]
    enrichment_ms: float
    generator_cores: float
    generator_behind_ms: float
    others_cores: float
    others_most: float

    @property
    def own_cpu_ms(self) -> float:
        """CPU a story of all processes, without the enrichment itself."""
        return sum(self.cpu_ms.values()) - self.enrichment_ms


class Goal(NamedTuple):
    """Newswire's figure over a peer's, and what it should not exceed."""

    what: str
    peer: str
    target: float
    stretch: float | None
    rate: int
    figure: Callable[[Row], float]


GOALS: Final = (
    Goal("p50 at 50/s", REDIS_STREAMS, 4, 2, 50, lambda row: row.p50_ms),
    Goal("p99 at 50/s", POSTGRES, 2, 1, 50, lambda row: row.p99_ms),
    Goal("CPU a story at 200/s, without the enrichment itself", REDIS_STREAMS, 3, 2.5, 200, lambda row: row.own_cpu_ms),
)


def rows(results: Results) -> list[Row]:
    """By rate, and within a rate as the contenders were first measured. What was refused all the time has no row."""
    places = dict.fromkeys((run.rate, run.contender) for run in results.runs)
    found = (_row(results, rate, name) for rate, name in sorted(places, key=lambda place: place[0]))
    return [row for row in found if row is not None]


def ratio(goal: Goal, among: Sequence[Row]) -> float | None:
    """None where one of the two is missing."""
    found = {row.contender: goal.figure(row) for row in among if row.rate == goal.rate}
    if NEWSWIRE not in found or goal.peer not in found:
        return None
    return found[NEWSWIRE] / found[goal.peer]


def _row(results: Results, rate: int, contender: str) -> Row | None:
    tried = [run for run in results.runs if (run.rate, run.contender) == (rate, contender)]
    runs = [run for run in tried if run.accepted]
    if not runs:
        return None

    def middle(figure: Callable[[Run], float]) -> float:
        return median(map(figure, runs))

    return Row(
        contender=contender,
        rate=rate,
        runs=len(runs),
        refused=len(tried) - len(runs),
        sent=sum(run.sent for run in runs),
        got=sum(run.got for run in runs),
        twice=sum(run.twice for run in runs),
        p50_ms=middle(lambda run: run.p50_ms),
        p90_ms=middle(lambda run: run.p90_ms),
        p99_ms=middle(lambda run: run.p99_ms),
        cpu_ms={name: _middle_of(name, runs) for name in runs[0].cpu_ms},
        # Only newswire has one to speak of: the peers add a field.
        enrichment_ms=median(results.enrichment_ms) if contender == NEWSWIRE else 0.0,
        generator_cores=middle(lambda run: run.generator_cores),
        generator_behind_ms=middle(lambda run: run.generator_behind_ms),
        others_cores=middle(lambda run: run.others_cores),
        others_most=max(run.others_cores for run in runs),
    )


def _middle_of(process: str, runs: Sequence[Run]) -> float:
    return median(run.cpu_ms[process] for run in runs)
