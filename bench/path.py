"""A push's way to the stream, newswire and its peers in turn: round by round, at each rate, one at a time."""

from __future__ import annotations

import platform
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from bench.contenders.newswire import Newswire
from bench.contenders.postgres import Postgres
from bench.contenders.redis_streams import RedisStreams
from bench.cpu import Account
from bench.enrichment import EnrichmentCost
from bench.generator import drive
from bench.quantiles import quantile
from bench.results import Results, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.contenders.contender import Contender, Running

    Tell = Callable[[str], None]

CONTENDERS: Final[Sequence[Contender]] = (Newswire(), RedisStreams(), Postgres())
_WARM_RATE: Final = 200
_WARM_SECONDS: Final = 5
_TRIES: Final = 3


@dataclass(frozen=True)
class Plan:
    """How much to measure. A run beside which others took more cores than the bound is refused."""

    rounds: int = 5
    seconds: int = 20
    rates: Sequence[int] = (20, 50, 200)
    others_cores: float = 0.3


async def measure(plan: Plan, tell: Tell) -> Results:
    """Every contender that can run, in every round, each started afresh and stopped before the next one."""
    skipped = {each.name: why for each in CONTENDERS if (why := each.missing())}
    present = [each for each in CONTENDERS if each.name not in skipped]
    cost = EnrichmentCost()
    runs: list[Run] = []
    enrichment_ms: list[float] = []
    for number in range(plan.rounds):
        # Whoever is first in a round is another one each time.
        first = number % len(present)
        for contender in [*present[first:], *present[:first]]:
            runs += await _measure(contender, plan, number + 1, tell)
        enrichment_ms.append(cost.measure_ms())
    return Results(
        machine=f"{psutil.cpu_count()} cores, Python {platform.python_version()}",
        seconds=plan.seconds,
        others_bound=plan.others_cores,
        skipped=skipped,
        enrichment_ms=enrichment_ms,
        runs=runs,
    )


async def _measure(contender: Contender, plan: Plan, number: int, tell: Tell) -> list[Run]:
    with tempfile.TemporaryDirectory(prefix="newswire-bench-") as folder:
        async with contender.run(Path(folder)) as running:
            await drive(running, _WARM_RATE, _WARM_RATE * _WARM_SECONDS)
            runs = []
            for rate in plan.rates:
                tell(f"round {number} of {plan.rounds}: {contender.name}, {rate} stories/s for {plan.seconds} s")
                runs += await _try(contender.name, running, plan, (number, rate))
            return runs


async def _try(name: str, running: Running, plan: Plan, place: tuple[int, int]) -> list[Run]:
    """One run, and again after each that others disturbed, up to three in all."""
    runs: list[Run] = []
    while len(runs) < _TRIES and not any(run.accepted for run in runs):
        runs.append(await _run(name, running, plan, place))
    return runs


async def _run(name: str, running: Running, plan: Plan, place: tuple[int, int]) -> Run:
    number, rate = place
    account = Account(running.pids)
    driven = await drive(running, rate, rate * plan.seconds)
    spent = account.spent()
    late, seen = driven.latencies_ms, driven.sightings
    return Run(
        contender=name,
        number=number,
        rate=rate,
        sent=seen.expected,
        got=len(seen.seen),
        twice=seen.twice,
        p50_ms=quantile(late, 0.50),
        p90_ms=quantile(late, 0.90),
        p99_ms=quantile(late, 0.99),
        cpu_ms={process: 1000 * seconds / seen.expected for process, seconds in spent.seconds.items()},
        generator_cores=spent.generator_cores,
        generator_behind_ms=seen.behind_ms,
        others_cores=spent.others_cores,
        accepted=spent.others_cores <= plan.others_cores,
    )
