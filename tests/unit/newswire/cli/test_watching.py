from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

import pytest

from newswire.cli import watching
from newswire.cli.formats import AUTO
from newswire.cli.hotfolder import HotFolder
from newswire.cli.outcomes import Outcome, exit_code
from newswire.cli.watching import Watch, empty, watch
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from newswire.cli.stories import Story


class Desk:
    """A hot folder, and an ingest that answers by uri; `said` and `pushed` are what happened, in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: dict[str, int | None] = {}
        self.pushed: list[str] = []
        self.said: list[str] = []
        self.stopping = asyncio.Event()
        hot = HotFolder(folder, 0)
        hot.prepare()
        self.watch = Watch(hot, AUTO, self.push, self.said.append, self.stopping, 0.001)

    async def push(self, stories: Sequence[Story]) -> list[Outcome]:
        uris = [story.uri or story.text.decode() for story in stories]
        self.pushed += uris
        problem = {"detail": "so it is"}
        statuses = [self.answers.get(uri, 202) for uri in uris]
        return [
            Outcome(status, uri, problem={} if status == 202 else problem)
            for status, uri in zip(statuses, uris, strict=True)
        ]

    def drop(self, name: str, *uris: str, modified_ns: int = 1) -> None:
        path = self.folder / f".{name}"
        path.write_text("\n".join(json.dumps({"uri": uri}) for uri in uris) or " ")
        os.utime(path, ns=(modified_ns, modified_ns))
        path.rename(self.folder / name)

    def files(self, folder: str = ".") -> set[str]:
        return {path.name for path in (self.folder / folder).iterdir() if path.is_file()}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(watching, "_FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(watching, "_LONGEST_WAIT_SECONDS", 0.01)
    return Desk(tmp_path)


async def test_what_there_is_goes_where_it_belongs(desk: Desk) -> None:
    desk.answers = {"x:wrong": 422}
    desk.drop("b.json", "x:b")
    desk.drop("a.ndjson", "x:a1", "x:wrong", "x:a2", modified_ns=2)
    desk.drop("blank.json", modified_ns=3)
    (desk.folder / "c.xml").write_bytes(b"<nitf/>")
    outcomes = await empty(desk.watch)
    assert exit_code(outcomes) == 1
    assert desk.pushed == ["x:b", "x:a1", "x:wrong", "x:a2", "<nitf/>"]
    assert desk.files() == set()
    assert desk.files("done") == {"b.json", "c.xml"}
    assert desk.files("refused") == {
        f"{name}{end}" for name in ("a.ndjson", "blank.json") for end in ("", ".problem.json")
    }
    assert json.loads((desk.folder / "refused/a.ndjson.problem.json").read_bytes()) == {
        "file": "a.ndjson",
        "results": [
            {"status": 202, "uri": "x:a1"},
            {"status": 422, "uri": "x:wrong", "problem": {"detail": "so it is"}},
            {"status": 202, "uri": "x:a2"},
        ],
    }
    assert desk.said == [
        "done  b.json  1 accepted",
        "refused  a.ndjson  2 accepted, 1 refused: 422  x:wrong  so it is",
        "refused  blank.json  1 refused: ---  blank.json  no story in it",
        "done  c.xml  1 accepted",
    ]


@pytest.mark.parametrize("status", [None, 401, 404, 429, 503])
async def test_a_file_that_cannot_be_taken_now_stays_and_those_after_it_wait(desk: Desk, status: int | None) -> None:
    desk.answers = {"x:1": status}
    desk.drop("1.json", "x:1")
    desk.drop("2.json", "x:2", modified_ns=2)
    outcomes = await empty(desk.watch)
    assert (exit_code(outcomes), desk.pushed) == (3, ["x:1"])
    assert desk.files() == {"1.json", "2.json"}
    desk.answers = {}
    assert exit_code(await empty(desk.watch)) == 0
    assert desk.pushed == ["x:1", "x:1", "x:2"]
    assert desk.files("done") == {"1.json", "2.json"}


async def test_it_is_watched_until_it_stops(desk: Desk) -> None:
    desk.answers = {"x:2": None}
    watched = asyncio.create_task(watch(desk.watch))
    desk.drop("1.json", "x:1")
    await until(lambda: desk.files("done") == {"1.json"})
    desk.drop("2.json", "x:2")
    await until(lambda: desk.pushed.count("x:2") > 3)
    desk.answers = {}
    await until(lambda: desk.files("done") == {"1.json", "2.json"})
    desk.stopping.set()
    await asyncio.wait_for(watched, 5)
    # Once for all of its attempts.
    assert desk.said == ["done  1.json  1 accepted", "waiting  2.json  ---  x:2  so it is", "done  2.json  1 accepted"]


async def test_it_stops_after_the_file_in_hand(desk: Desk) -> None:
    desk.drop("1.json", "x:1")
    desk.drop("2.json", "x:2", modified_ns=2)
    push = desk.push

    async def last(stories: Sequence[Story]) -> list[Outcome]:
        desk.stopping.set()
        return await push(stories)

    what = Watch(desk.watch.folder, AUTO, last, desk.said.append, desk.stopping)
    await asyncio.wait_for(watch(what), 5)
    assert (desk.files("done"), desk.files()) == ({"1.json"}, {"2.json"})


async def test_a_folder_that_is_away_for_a_while(desk: Desk) -> None:
    away = desk.folder.with_name("away")
    watched = asyncio.create_task(watch(desk.watch))
    desk.folder.rename(away)
    await until(lambda: bool(desk.said))
    away.rename(desk.folder)
    desk.drop("1.json", "x:1")
    await until(lambda: desk.files("done") == {"1.json"})
    desk.stopping.set()
    await asyncio.wait_for(watched, 5)
    assert desk.said == [
        f"waiting  {desk.folder} cannot be listed: No such file or directory",
        "done  1.json  1 accepted",
    ]


async def test_a_file_that_cannot_be_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(HotFolder, "read", denied)
    desk.drop("1.json", "x:1")
    assert exit_code(await empty(desk.watch)) == 1
    assert desk.said == ["refused  1.json  1 refused: ---  1.json  cannot be read: Permission denied"]


async def test_a_file_that_is_too_large(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_BYTES", 10)
    desk.drop("1.json", "x:1")
    assert exit_code(await empty(desk.watch)) == 1
    assert desk.said == ["refused  1.json  1 refused: ---  1.json  larger than 10 bytes"]


async def test_a_file_that_vanishes_or_is_written_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.drop("1.json", "x:1")
    monkeypatch.setattr(HotFolder, "read", lambda *_: None)
    assert await empty(desk.watch) == []

    def gone(*_: object) -> bytes:
        raise FileNotFoundError

    monkeypatch.setattr(HotFolder, "read", gone)
    assert await empty(desk.watch) == []
    assert (desk.files(), desk.said) == ({"1.json"}, [])


async def test_a_file_that_cannot_be_moved_is_pushed_once(desk: Desk) -> None:
    (desk.folder / "done").rmdir()
    desk.drop("1.json", "x:1")
    assert exit_code(await empty(desk.watch)) == 0
    assert await empty(desk.watch) == []
    assert desk.pushed == ["x:1"]
    assert desk.said == ["left  1.json  1 accepted; it cannot be moved: No such file or directory"]


async def test_a_name_cannot_steer_the_terminal(desk: Desk) -> None:
    desk.drop("\x1b[2J\udcff.json", "x:1")
    await empty(desk.watch)
    assert desk.said == ["done  \\x1b[2J\\udcff.json  1 accepted"]
