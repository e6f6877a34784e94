from __future__ import annotations

from pathlib import Path

from newswire.local.doctor.facts.ports import TakenPort
from newswire.local.doctor.judgement.ports import judge_ports
from newswire.local.doctor.place import Place

NOWHERE = Place(Path("data"), "main", "", "", {}, {})
HERE = Place(Path("data"), "main", "127.0.0.1:9092", "", {"feed": "http://127.0.0.1:8080"}, {"ingest": 7})
STRANGER = TakenPort("ingest", 8081, "python3 (pid 9)", 9)


def test_free_ports() -> None:
    (finding,) = judge_ports((), NOWHERE)
    assert (finding.verdict, finding.found) == ("ok", "all of the default ports are free")


def test_a_stranger_is_named_with_the_way_out() -> None:
    (finding,) = judge_ports((STRANGER,), NOWHERE)
    assert (finding.verdict, finding.name) == ("fail", "ingest")
    assert finding.found == "8081 is taken by python3 (pid 9)"
    assert "--port-base" in finding.hint


def test_a_holder_that_cannot_be_told() -> None:
    (finding,) = judge_ports((TakenPort("redis", 6379),), NOWHERE)
    assert finding.found == "6379 is taken by another process"


def test_the_newswire_that_is_looked_at_holds_its_ports_rightly() -> None:
    by_address = (TakenPort("feed", 8080, "docker (pid 3)", 3), TakenPort("kafka", 9092))
    by_process = TakenPort("ingest_metrics", 9181, "python (pid 7)", 7, 5)
    (finding,) = judge_ports((*by_address, by_process), HERE)
    assert (finding.verdict, finding.found) == (
        "ok",
        "taken by the newswire below: 8080 feed, 9092 kafka, 9181 ingest_metrics",
    )


def test_beside_a_stack_that_runs_a_stranger_is_no_failure() -> None:
    (finding,) = judge_ports((STRANGER, TakenPort("kafka", 9092)), HERE)
    assert (finding.verdict, finding.name) == ("warn", "ingest")


def test_another_newswire_is_named_once() -> None:
    taken = (TakenPort("feed", 8080, "python (pid 11)", 11, 10), TakenPort("kafka", 9092, "java (pid 12)", 12, 10))
    (finding,) = judge_ports(taken, NOWHERE)
    assert (finding.verdict, finding.found) == ("warn", "taken by another newswire (pid 10): 8080 feed, 9092 kafka")
    assert "--ready-file" in finding.hint
