from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from newswire.cli.hotfolder import HotFolder
from newswire.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def hot(tmp_path: Path) -> HotFolder:
    folder = HotFolder(tmp_path, 1.0)
    folder.prepare()
    return folder


def drop(folder: Path, name: str, text: bytes = b"{}", modified_ns: int = 1_000_000_000) -> None:
    path = folder / name
    path.write_bytes(text)
    os.utime(path, ns=(modified_ns, modified_ns))


def names(hot: HotFolder, now_seconds: float) -> list[str]:
    return [dropped.name for dropped in hot.complete(now_seconds)]


def test_a_file_is_complete_once_it_was_the_same_for_a_while(hot: HotFolder, tmp_path: Path) -> None:
    drop(tmp_path, "a.json", b"{")
    assert names(hot, 100.0) == []
    assert names(hot, 100.9) == []
    drop(tmp_path, "a.json", b"{}", 2_000_000_000)
    assert names(hot, 101.1) == []
    assert names(hot, 102.1) == ["a.json"]


def test_or_at_once_where_files_are_renamed_into_place(tmp_path: Path) -> None:
    drop(tmp_path, "a.json.part")
    hot = HotFolder(tmp_path, 0)
    assert names(hot, 100.0) == []
    (tmp_path / "a.json.part").rename(tmp_path / "a.json")
    assert names(hot, 100.0) == ["a.json"]


def test_the_oldest_first(hot: HotFolder, tmp_path: Path) -> None:
    for name, modified in (("a", 3), ("b", 1), ("d", 2), ("c", 2)):
        drop(tmp_path, name, b"x" * modified, modified)
    hot.complete(0.0)
    assert names(hot, 1.0) == ["b", "c", "d", "a"]


def test_what_is_ignored(hot: HotFolder, tmp_path: Path) -> None:
    for name in (".a.json", "a.tmp", "a.json.PART", "a~", "a.filepart", "a.partial", "a.crdownload", "a.problem.json"):
        drop(tmp_path, name)
    drop(tmp_path, "empty.json", b"")
    (tmp_path / "folder.json").mkdir()
    drop(tmp_path / "folder.json", "a.json")
    drop(tmp_path / "done", "a.json")
    (tmp_path / "link.json").symlink_to(tmp_path / "done/a.json")
    os.mkfifo(tmp_path / "pipe.json")
    hot.complete(0.0)
    assert names(hot, 9.0) == []


def test_files_go_where_they_belong(hot: HotFolder, tmp_path: Path) -> None:
    drop(tmp_path, "good.json")
    drop(tmp_path, "wrong.json", b"{")
    hot.complete(0.0)
    good, wrong = hot.complete(1.0)
    assert (hot.read(good), hot.read(wrong)) == (b"{}", b"{")
    hot.accept(good)
    hot.refuse(wrong, b"why")
    assert names(hot, 9.0) == []
    assert (tmp_path / "done/good.json").read_bytes() == b"{}"
    assert (tmp_path / "refused/wrong.json").read_bytes() == b"{"
    assert (tmp_path / "refused/wrong.json.problem.json").read_bytes() == b"why"


def test_nothing_is_written_over(hot: HotFolder, tmp_path: Path) -> None:
    for text in (b"1", b"2", b"3"):
        drop(tmp_path, "a.json", text)
        hot.complete(0.0)
        [dropped] = hot.complete(1.0)
        hot.accept(dropped)
        drop(tmp_path, "a.json", text)
        hot.complete(2.0)
        [dropped] = hot.complete(3.0)
        hot.refuse(dropped, b"why " + text)
    for folder, count in (("done", 3), ("refused", 6)):
        found = sorted((tmp_path / folder).iterdir())
        assert len(found) == count
        assert all(path.name.startswith("a.") and path.name.endswith(".json") for path in found)
    refused = [path for path in (tmp_path / "refused").iterdir() if not path.name.endswith(".problem.json")]
    assert {path.read_bytes() for path in refused} == {b"1", b"2", b"3"}
    assert all(
        path.with_name(f"{path.name}.problem.json").read_bytes() == b"why " + path.read_bytes() for path in refused
    )


def test_what_was_written_again_meanwhile_stays(hot: HotFolder, tmp_path: Path) -> None:
    drop(tmp_path, "a.json")
    hot.complete(0.0)
    [dropped] = hot.complete(1.0)
    drop(tmp_path, "a.json", b"[]", 2_000_000_000)
    assert hot.read(dropped) is None
    hot.accept(dropped)
    hot.refuse(dropped, b"why")
    assert names(hot, 1.0) == []
    assert names(hot, 2.0) == ["a.json"]
    assert not list((tmp_path / "done").iterdir()) + list((tmp_path / "refused").iterdir())


def test_a_link_that_takes_a_files_place_is_not_followed(hot: HotFolder, tmp_path: Path) -> None:
    drop(tmp_path, "a.json")
    hot.complete(0.0)
    [dropped] = hot.complete(1.0)
    (tmp_path / "a.json").rename(tmp_path / "done/a.json")
    (tmp_path / "a.json").symlink_to(tmp_path / "done/a.json")
    with pytest.raises(OSError, match="symbolic links"):
        hot.read(dropped)


def test_what_vanished(hot: HotFolder, tmp_path: Path) -> None:
    drop(tmp_path, "a.json")
    hot.complete(0.0)
    [dropped] = hot.complete(1.0)
    (tmp_path / "a.json").unlink()
    with pytest.raises(FileNotFoundError):
        hot.read(dropped)
    hot.accept(dropped)
    hot.refuse(dropped, b"why")
    assert not list((tmp_path / "done").iterdir()) + list((tmp_path / "refused").iterdir())


def test_what_is_left_is_told_of_again_once_it_is_another(hot: HotFolder, tmp_path: Path) -> None:
    drop(tmp_path, "a.json")
    hot.complete(0.0)
    [dropped] = hot.complete(1.0)
    hot.leave(dropped)
    assert names(hot, 9.0) == []
    drop(tmp_path, "a.json", b"[]", 2_000_000_000)
    hot.complete(10.0)
    assert names(hot, 11.0) == ["a.json"]


def test_a_folder_that_cannot_be_worked_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "done").write_bytes(b"")
    with pytest.raises(SetupError, match="done"):
        HotFolder(tmp_path, 1.0).prepare()
    (tmp_path / "done").unlink()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SetupError, match="writable"):
        HotFolder(tmp_path, 1.0).prepare()
