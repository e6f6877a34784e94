from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from newswire.cli import push as module
from newswire.cli import shown
from newswire.cli.hotfolder import HotFolder
from newswire.cli.main import cli
from newswire.cli.outcomes import Outcome
from newswire.cli.pushing import Target
from newswire.errors import FailedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newswire.cli.pushing import Done
    from newswire.cli.stories import Story

AIM = ("--url", "http://x", "--key", "k.s")
RSS = '<rss version="2.0"><channel/></rss>'


class Ingest:
    """What was pushed where; everything is accepted but what `statuses` says, by uri or type of content."""

    def __init__(self) -> None:
        self.targets: list[Target] = []
        self.stories: list[Story] = []
        self.statuses: dict[str | None, int | None] = {}

    async def push_all(self, target: Target, stories: Sequence[Story], done: Done) -> None:
        self.targets.append(target)
        self.stories += stories
        for index in reversed(range(len(stories))):
            story = stories[index]
            done(index, [Outcome(self.statuses.get(story.uri, 202), story.uri, place=story.place)])


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch) -> Ingest:
    found = Ingest()
    monkeypatch.setattr(shown, "push_all", found.push_all)
    monkeypatch.setattr(module, "push_all", found.push_all)
    return found


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    for name in ("NEWSWIRE_INGEST_URL", "NEWSWIRE_KEY"):
        monkeypatch.delenv(name, raising=False)
    return CliRunner()


def test_stories_from_stdin(runner: CliRunner, ingest: Ingest) -> None:
    result = runner.invoke(cli, ["push", *AIM], input='{"uri":"x:1"}\n{"uri":"x:2"}')
    assert (result.exit_code, result.stdout, result.stderr) == (0, "202  x:1\n202  x:2\n", "2 accepted\n")
    assert ingest.targets == [Target("http://x", "k.s")]


def test_one_line_says_all_of_one_story(runner: CliRunner, ingest: Ingest) -> None:
    result = runner.invoke(cli, ["push", *AIM, "-"], input='{"uri":"x:1"}')
    assert (result.stdout, result.stderr) == ("202  x:1\n", "")
    assert len(ingest.stories) == 1


def test_files_of_several_formats(runner: CliRunner, ingest: Ingest, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"uri":"x:1"}')
    (tmp_path / "b.xml").write_text("<nitf/>")
    (tmp_path / "c").write_text(RSS)
    result = runner.invoke(cli, ["push", *AIM, "a.json", "b.xml", "--rss", "c", "--rss", "-"], input=RSS)
    assert result.exit_code == 0
    assert result.stdout == "202  x:1\n202  b.xml\n202  c\n202  (stdin)\n"
    assert [story.content_type for story in ingest.stories] == [
        "application/json",
        "application/xml",
        "application/rss+xml",
        "application/rss+xml",
    ]


def test_a_format_that_is_said(runner: CliRunner, ingest: Ingest) -> None:
    assert runner.invoke(cli, ["push", *AIM, "--format", "atom"], input="{}").exit_code == 0
    assert ingest.stories[0].content_type == "application/atom+xml"


@pytest.mark.parametrize(("status", "code"), [(202, 0), (422, 1), (401, 1), (503, 3), (None, 3)])
def test_what_the_process_says(runner: CliRunner, ingest: Ingest, status: int | None, code: int) -> None:
    ingest.statuses = {"x:1": status}
    assert runner.invoke(cli, ["push", *AIM], input='[{"uri":"x:1"},{"uri":"x:2"}]').exit_code == code


def test_nothing_to_push_is_said(runner: CliRunner, ingest: Ingest) -> None:
    result = runner.invoke(cli, ["push", *AIM], input=" ")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no story in it\n")
    assert not ingest.stories


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["missing.json", *AIM],
        ["--format", "docx", *AIM],
        ["--rss", "missing.rss", *AIM],
        ["--watch", "missing", *AIM],
        ["--watch", ".", "-", *AIM],
        ["--watch", ".", "--rss", "-", *AIM],
        ["--watch", ".", "--settle", "-1", *AIM],
        ["--watch", "."],
        ["--once", *AIM],
    ],
)
def test_wrong_usage(runner: CliRunner, ingest: Ingest, arguments: list[str]) -> None:
    result = runner.invoke(cli, ["push", *arguments], input="{}")
    assert result.exit_code == 2
    assert "Error" in result.output
    assert not ingest.targets


def test_a_file_that_cannot_be_read(
    runner: CliRunner, ingest: Ingest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").touch()

    def denied(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", denied)
    result = runner.invoke(cli, ["push", *AIM, "a.json"])
    assert (result.exit_code, "cannot read a.json: Permission denied" in result.output) == (2, True)
    assert not ingest.targets


@pytest.mark.parametrize(("status", "code", "said"), [(202, 0, "done"), (422, 1, "refused"), (503, 3, "waiting")])
def test_a_folder_once(runner: CliRunner, ingest: Ingest, status: int, code: int, said: str) -> None:
    ingest.statuses = {"x:1": status}
    Path("a.json").write_text('{"uri":"x:1"}')
    result = runner.invoke(cli, ["push", *AIM, "--watch", ".", "--once", "--settle", "0"])
    assert result.exit_code == code
    assert result.stdout.startswith(f"{said}  a.json")
    assert (Path("." if said == "waiting" else said) / "a.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_folder_until_a_signal(
    runner: CliRunner, ingest: Ingest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (tmp_path / "a.json").write_text('{"uri":"x:1"}')
    accept = HotFolder.accept

    def last(*arguments: object) -> None:
        accept(*arguments)  # type: ignore[arg-type]
        os.kill(os.getpid(), number)

    monkeypatch.setattr(HotFolder, "accept", last)
    result = runner.invoke(cli, ["push", *AIM, "--watch", ".", "--settle", "0"])
    assert (result.exit_code, result.stdout) == (0, "done  a.json  1 accepted\n")
    assert ingest.targets[0].stopping is not None


def test_a_second_ctrl_c_does_not_wait(runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text('{"uri":"x:1"}')
    monkeypatch.setattr("newswire.local.interrupts.SAME_SECONDS", -1)

    async def hang(*_: object) -> None:
        for _again in range(2):
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGINT)
            await asyncio.sleep(0)
        await asyncio.Event().wait()

    monkeypatch.setattr(shown, "push_all", hang)
    result = runner.invoke(cli, ["push", *AIM, "--watch", ".", "--settle", "0"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "a.json").exists()


async def test_samples_are_pushed_with_their_providers_keys(ingest: Ingest) -> None:
    await module.push_samples("http://x", "{}.s".format)
    assert {target.url for target in ingest.targets} == {"http://x"}
    assert {target.key for target in ingest.targets} == {"development.s", "eastmere-courier.s", "baywire.s"}


async def test_samples_that_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_: Target, __: object, done: Done) -> None:
        done(0, [Outcome(503, "x:1", None, {"detail": "no Kafka"})])

    monkeypatch.setattr(module, "push_all", away)
    with pytest.raises(FailedError, match="no Kafka"):
        await module.push_samples("http://x", str)
