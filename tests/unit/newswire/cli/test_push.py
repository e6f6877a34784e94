from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from newswire.cli import push as module
from newswire.cli.main import cli
from newswire.cli.push import exit_code, line_of
from newswire.cli.pushing import Outcome, Target
from newswire.errors import FailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from newswire.cli.stories import Story


def test_what_the_process_says() -> None:
    good, bad, away, later = (Outcome(status, "x:1") for status in (202, 422, None, 503))
    assert exit_code([]) == exit_code([good, good]) == 0
    assert exit_code([good, bad]) == 1
    assert exit_code([good, bad, away]) == exit_code([later]) == 3


def test_a_line_cannot_steer_the_terminal() -> None:
    line = line_of(Outcome(422, "x:\x1b[2J\n", None, "wrong", ("/a\u202e: b",)))
    assert line == "422  x:\\x1b[2J\\n  wrong  /a\\u202e: b"
    assert line_of(Outcome(None, None)) == "---  (no uri)"
    assert line_of(Outcome(202, "x:б", "2")) == "202  x:б  version 2"


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    for name in ("NEWSWIRE_INGEST_URL", "NEWSWIRE_KEY"):
        monkeypatch.delenv(name, raising=False)
    return CliRunner()


@pytest.fixture
def targets(monkeypatch: pytest.MonkeyPatch) -> list[Target]:
    """Where the command pushed to; everything is accepted."""
    seen: list[Target] = []

    async def instead(target: Target, stories: Sequence[Story], done: Callable[[int, Outcome], None]) -> None:
        seen.append(target)
        for index in reversed(range(len(stories))):
            done(index, Outcome(202, stories[index].uri))

    monkeypatch.setattr(module, "push_all", instead)
    return seen


def test_the_command(runner: CliRunner, targets: list[Target]) -> None:
    result = runner.invoke(cli, ["push", "--url", "http://x", "--key", "k.s"], input='{"uri":"x:1"}\n{"uri":"x:2"}')
    assert (result.exit_code, result.output) == (0, "202  x:1\n202  x:2\n")
    assert targets == [Target("http://x", "k.s")]


def test_where_to_push(
    runner: CliRunner, targets: list[Target], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSWIRE_INGEST_URL", "http://environment")
    monkeypatch.setenv("NEWSWIRE_KEY", "e.e")
    assert runner.invoke(cli, ["push"], input="{}").exit_code == 0
    standard = tmp_path / ".newswire/data/ready.json"
    standard.parent.mkdir(parents=True)
    standard.write_text('{"ingest": "http://standard", "key": "s.s", "pids": {}}')
    assert runner.invoke(cli, ["push", "-"], input="{}").exit_code == 0
    (tmp_path / "named.json").write_text('{"ingest": "http://named", "key": "n.n"}')
    assert runner.invoke(cli, ["push", "--ready-file", "named.json"], input="{}").exit_code == 0
    assert runner.invoke(cli, ["push", "--ready-file", "named.json", "--key", "o.o"], input="{}").exit_code == 0
    assert [(target.url, target.key) for target in targets] == [
        ("http://environment", "e.e"),
        ("http://standard", "s.s"),
        ("http://named", "n.n"),
        ("http://named", "o.o"),
    ]


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
        ["missing.json", "--url", "http://x", "--key", "k.s"],
    ],
)
def test_wrong_usage(runner: CliRunner, targets: list[Target], arguments: list[str]) -> None:
    result = runner.invoke(cli, ["push", *arguments], input="{}")
    assert result.exit_code == 2
    assert "Error" in result.output
    assert not targets


async def test_samples_are_pushed_with_their_providers_keys(targets: list[Target]) -> None:
    await module.push_samples("http://x", "{}.s".format)
    assert {target.url for target in targets} == {"http://x"}
    assert {target.key for target in targets} == {"development.s", "eastmere-courier.s", "baywire.s"}


async def test_samples_that_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_: Target, __: object, done: Callable[[int, Outcome], None]) -> None:
        done(0, Outcome(503, "x:1", None, "no Kafka"))

    monkeypatch.setattr(module, "push_all", away)
    with pytest.raises(FailedError, match="no Kafka"):
        await module.push_samples("http://x", str)
