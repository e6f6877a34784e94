from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from newswire.errors import SetupError
from newswire.local.folder import check_space, locked, write_whole

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_user_of_the_folder_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(SetupError, match=rf"pid {os.getpid()}.*--data"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="cannot write to the data folder"), locked(tmp_path / "file" / "data"):
        pass


def test_a_disk_with_too_little_room_is_refused_with_the_figures(tmp_path: Path) -> None:
    check_space(tmp_path, need_bytes=0)
    with pytest.raises(SetupError, match=r"only \d+ MB are free .* 1099511627776 MB are needed"):
        check_space(tmp_path, need_bytes=1 << 60)


def test_a_file_is_written_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "below" / "ready.json"
    write_whole(path, "one")
    write_whole(path, "two")
    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["ready.json"]


def test_a_file_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SetupError, match="cannot write"):
        write_whole(tmp_path / "folder", "text")
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
