from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from newswire.cli.options import from_folder, hot_folder, target, to_ingest
from newswire.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@from_folder
@to_ingest
def told() -> None:
    """Say what was understood."""
    try:
        aim, folder = target(), hot_folder()
    except SetupError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{aim.url} {aim.key} {folder and folder.folder} {folder and folder.settle_seconds}")


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    for name in ("NEWSWIRE_INGEST_URL", "NEWSWIRE_KEY"):
        monkeypatch.delenv(name, raising=False)
    return CliRunner()


def test_where_to_push(runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def aimed(*arguments: str) -> str:
        return runner.invoke(told, arguments).output.strip()

    monkeypatch.setenv("NEWSWIRE_INGEST_URL", "http://environment")
    monkeypatch.setenv("NEWSWIRE_KEY", "e.e")
    assert aimed() == "http://environment e.e None None"
    standard = tmp_path / ".newswire/data/ready.json"
    standard.parent.mkdir(parents=True)
    standard.write_text('{"ingest": "http://standard", "key": "s.s", "pids": {}}')
    assert aimed() == "http://standard s.s None None"
    (tmp_path / "named.json").write_text('{"ingest": "http://named", "key": "n.n"}')
    assert aimed("--ready-file", "named.json") == "http://named n.n None None"
    assert aimed("--ready-file", "named.json", "--key", "o.o") == "http://named o.o None None"
    assert aimed("--url", "http://x", "--key", "k.s") == "http://x k.s None None"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--url", "http://x"],
        ["--url", "x", "--key", "k.s"],
        ["--url", "http://", "--key", "k.s"],
        ["--url", "http://x:y", "--key", "k.s"],
        ["--url", "http://x", "--key", "k.\n"],
        ["--ready-file", "missing.json"],
        ["--ready-file", "."],
    ],
)
def test_nowhere_to_push(runner: CliRunner, arguments: list[str]) -> None:
    assert runner.invoke(told, arguments).exit_code == 2


def test_a_folder_gets_what_it_needs(runner: CliRunner, tmp_path: Path) -> None:
    aim = ["--url", "http://x", "--key", "k.s"]
    assert runner.invoke(told, ["--watch", ".", *aim]).output == "http://x k.s . 1.0\n"
    assert runner.invoke(told, ["--watch", ".", "--settle", "5", *aim]).output == "http://x k.s . 5.0\n"
    assert {path.name for path in tmp_path.iterdir()} == {"done", "refused"}
