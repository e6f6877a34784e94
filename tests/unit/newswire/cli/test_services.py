from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import orjson
import pytest
from click.testing import CliRunner

from newswire.cli.main import cli
from newswire.errors import SetupError
from services.feed import __main__ as feed
from services.ingest import __main__ as ingest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def failing(error: Exception) -> Callable[..., None]:
    def main(*_: str) -> None:
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "said"),
    [(SetupError("no such topic"), "no such topic"), (OSError(98, "taken"), "taken"), (TimeoutError(), "TimeoutError")],
)
def test_what_goes_wrong_outside_is_one_line(error: Exception, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "main", failing(error))
    result = CliRunner().invoke(cli, ["ingest"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert said in result.output


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "main", failing(ZeroDivisionError()))
    assert isinstance(CliRunner().invoke(cli, ["feed"]).exception, ZeroDivisionError)


@pytest.mark.parametrize("name", ["feed", "projector"])
def test_the_feed_s_two_processes_are_told_which_they_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(feed, "main", told.append)
    assert CliRunner().invoke(cli, [name]).exit_code == 0
    assert told == [name]


def test_every_setting_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_INGEST_PORT", "x")
    monkeypatch.setenv("NEWSWIRE_INGEST_CALLS", "0")
    result = CliRunner().invoke(cli, ["ingest"])
    assert result.exit_code == 2
    assert "NEWSWIRE_INGEST_PORT: " in result.output
    assert "NEWSWIRE_INGEST_CALLS: " in result.output


@pytest.mark.parametrize("name", ["ingest", "enrich", "feed"])
def test_once_a_service_runs_its_end_is_one_line_of_its_log(name: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environ = {
            **os.environ,
            f"NEWSWIRE_{name.upper()}_PORT": str(taken.getsockname()[1]),
            f"NEWSWIRE_{name.upper()}_METRICS_PORT": "0",
            "NEWSWIRE_KAFKA": "127.0.0.1:1",
            "NEWSWIRE_REDIS": "redis://127.0.0.1:1/0",
            "NEWSWIRE_DATA": str(tmp_path),
        }
        command = [sys.executable, "-m", "newswire", name]
        run = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, timeout=60, check=False)
    assert run.returncode == 1
    lines = [orjson.loads(line) for line in run.stderr.splitlines()]
    [end] = [line for line in lines if line["level"] == "critical"]
    assert (end["event"], end["service"], end["error_type"]) == ("fatal", name, "OSError")
    assert "cannot listen" in end["error"]
