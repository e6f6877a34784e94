from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from newswire.cli.main import cli
from newswire.errors import SetupError
from services.feed import __main__ as feed
from services.ingest import __main__ as ingest

if TYPE_CHECKING:
    from collections.abc import Callable


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
