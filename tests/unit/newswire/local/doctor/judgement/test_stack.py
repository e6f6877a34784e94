from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from newswire.local.doctor.judgement.stack import judge_stack
from newswire.local.doctor.place import Place

NOWHERE = Place(Path("data"), "main", "", "", {}, {})
UP = replace(NOWHERE, kafka="127.0.0.1:9092", pids={"kafka": 1, "redis": 2})


def test_no_stack_is_no_fault() -> None:
    assert judge_stack(NOWHERE, ()).verdict == "ok"
    assert judge_stack(replace(NOWHERE, redis="redis://redis"), ()).verdict == "ok"


def test_processes_that_run_and_do_not() -> None:
    assert judge_stack(UP, ()).found == "2 processes run"
    assert judge_stack(UP, ("redis",)).found == "not running: redis"
    killed = judge_stack(UP, ("kafka", "redis"))
    assert killed.verdict == "fail"
    assert "killed" in killed.found
