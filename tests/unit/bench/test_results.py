"""Medians over the rounds, and newswire's figures over the peers'."""

from __future__ import annotations

import pytest

from bench.results import GOALS, NEWSWIRE, POSTGRES, REDIS_STREAMS, Results, Run, ratio, rows


def run(contender: str, number: int, rate: int = 50, **figures: object) -> Run:
    usual = {"p50_ms": 8.0, "p90_ms": 9.0, "p99_ms": 10.0, "cpu_ms": {"all": 4.0}}
    noise = {"generator_cores": 0.1, "generator_behind_ms": 0.2, "others_cores": 0.1, "accepted": True}
    counts = {"sent": 100, "got": 100, "twice": 0}
    return Run.model_validate(
        {"contender": contender, "number": number, "rate": rate, **usual, **noise, **counts, **figures}
    )


def results(*runs: Run) -> Results:
    return Results(
        machine="2 cores", seconds=20, others_bound=0.3, skipped={}, enrichment_ms=[0.9, 1.0, 5.0], runs=list(runs)
    )


def test_a_row_is_the_median_of_the_runs_that_count() -> None:
    found = rows(
        results(
            run(NEWSWIRE, 1, p50_ms=7.0, got=99),
            run(NEWSWIRE, 2, p50_ms=900.0, accepted=False, others_cores=1.0),
            run(NEWSWIRE, 2, p50_ms=9.0, twice=1),
            run(NEWSWIRE, 3, p50_ms=30.0, others_cores=0.2),
        )
    )
    (row,) = found
    assert (row.runs, row.refused, row.sent, row.got, row.twice) == (3, 1, 300, 299, 1)
    assert (row.p50_ms, row.others_cores, row.others_most) == (9.0, 0.1, 0.2)


def test_what_was_refused_each_time_has_no_row() -> None:
    found = rows(results(run(NEWSWIRE, 1, accepted=False), run(REDIS_STREAMS, 1)))
    assert [row.contender for row in found] == [REDIS_STREAMS]


def test_only_newswire_has_an_enrichment_to_leave_out() -> None:
    own = {row.contender: row.own_cpu_ms for row in rows(results(run(NEWSWIRE, 1), run(POSTGRES, 1)))}
    assert own == {NEWSWIRE: 3.0, POSTGRES: 4.0}


def test_goals_are_ratios_at_one_rate() -> None:
    found = rows(
        results(
            run(NEWSWIRE, 1, p50_ms=9.0, p99_ms=30.0),
            run(REDIS_STREAMS, 1, p50_ms=3.0),
            run(POSTGRES, 1, p99_ms=20.0),
            run(NEWSWIRE, 1, 200, cpu_ms={"all": 6.0}),
            run(REDIS_STREAMS, 1, 200, cpu_ms={"all": 2.0}),
        )
    )
    assert [ratio(goal, found) for goal in GOALS] == pytest.approx([3.0, 1.5, 2.5])


def test_a_goal_without_its_peer_is_not_measured() -> None:
    assert [ratio(goal, rows(results(run(NEWSWIRE, 1)))) for goal in GOALS] == [None, None, None]
