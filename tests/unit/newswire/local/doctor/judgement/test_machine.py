from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from newswire.local.doctor.facts.machine import Machine, Package
from newswire.local.doctor.judgement.machine import judge_cache, judge_data, judge_machine

MIB = 1024 * 1024
GOOD = Machine((3, 12, 1), "Linux", "x86_64", "apt-get", (Package("redis", "8.1.0", "8.1.0"),), 4096 * MIB, 4096)


def verdicts(machine: Machine, streams: int = 2000, *, running: bool = False) -> dict[str, str]:
    return {each.name: each.verdict for each in judge_machine(machine, streams, running=running)}


def test_a_good_machine() -> None:
    assert set(verdicts(GOOD).values()) == {"ok"}
    assert set(verdicts(replace(GOOD, system="Darwin", processor="arm64")).values()) == {"ok"}


@pytest.mark.parametrize(
    ("machine", "name", "verdict"),
    [
        (replace(GOOD, python=(3, 10, 9)), "python", "fail"),
        (replace(GOOD, processor="riscv64"), "platform", "warn"),
        (replace(GOOD, packages=(Package("redis", "8.1.0", "8.2.0"),)), "packages", "warn"),
        (replace(GOOD, packages=(Package("redis", "", "8.2.0"),)), "packages", "fail"),
        # Installed as a wheel, without a lock beside it.
        (replace(GOOD, packages=(Package("redis", "8.1.0", ""),)), "packages", "ok"),
        (replace(GOOD, open_files=1024), "open files", "warn"),
        (replace(GOOD, memory_bytes=500 * MIB), "memory", "warn"),
    ],
)
def test_what_is_not_in_order(machine: Machine, name: str, verdict: str) -> None:
    found = verdicts(machine)
    assert found.pop(name) == verdict
    assert set(found.values()) == {"ok"}


def test_a_stack_that_runs_has_its_memory_already() -> None:
    assert "memory" not in verdicts(replace(GOOD, memory_bytes=1), running=True)


def test_a_feed_for_fewer_streams_needs_fewer_files() -> None:
    assert verdicts(replace(GOOD, open_files=1024), streams=100)["open files"] == "ok"


@pytest.mark.parametrize(("free", "verdict"), [(5000, "ok"), (1000, "warn"), (499, "fail")])
def test_room_for_the_data(free: int, verdict: str) -> None:
    finding = judge_data(Path("/data"), free * MIB)
    assert finding.verdict == verdict
    assert bool(finding.hint) is (verdict != "ok")


@pytest.mark.parametrize(("free", "verdict"), [(1000, "ok"), (100, "fail")])
def test_room_for_what_is_fetched(free: int, verdict: str) -> None:
    assert judge_cache(Path("/cache"), free * MIB).verdict == verdict
