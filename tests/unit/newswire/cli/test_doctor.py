from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from newswire.cli.doctor import doctor, summary
from newswire.local.doctor.finding import KAFKA, MACHINE, Finding

if TYPE_CHECKING:
    from pathlib import Path

    from newswire.local.doctor.place import Place

OK = Finding(MACHINE, "python", "ok", "3.12.1")
WARN = Finding(MACHINE, "open files", "warn", "up to 1024 a process", "ulimit -n 4096")
FAIL = Finding(KAFKA, "brokers", "fail", "[127.0.0.1:9092] nobody there", "is it running?")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    findings: list[Finding] = []

    async def examine(_: Place) -> list[Finding]:
        return findings

    monkeypatch.setattr("newswire.cli.doctor.examine", examine)
    return findings


def test_a_line_a_finding_and_a_hint_below(found: list[Finding]) -> None:
    found += [OK, WARN, FAIL]
    result = CliRunner().invoke(doctor, [])
    assert result.exit_code == 1
    assert result.output.splitlines()[2:] == [
        "This machine",
        "  ok    python      3.12.1",
        "  warn  open files  up to 1024 a process",
        "                    → ulimit -n 4096",
        "",
        "Kafka",
        "  fail  brokers     [127.0.0.1:9092] nobody there",
        "                    → is it running?",
        "",
        "1 of 3 fail, 1 are worth a look.",
    ]


def test_json_for_programs(found: list[Finding]) -> None:
    found += [OK, WARN]
    result = CliRunner().invoke(doctor, ["--json"])
    assert result.exit_code == 0
    report = json.loads(result.output)
    assert report["verdict"] == "warn"
    assert report["findings"][0] == {
        "group": "This machine",
        "name": "python",
        "verdict": "ok",
        "found": "3.12.1",
        "hint": "",
    }


def test_in_sum() -> None:
    assert summary([OK]) == "All is in order."
    assert summary([OK, WARN]) == "Nothing fails, 1 of 2 are worth a look."


def test_a_ready_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(doctor, ["--ready-file", str(tmp_path / "none.json")])
    assert result.exit_code == 2
    assert "no ready file" in result.output
