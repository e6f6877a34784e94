from __future__ import annotations

import fcntl
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from newswire.cli import rewriting
from newswire.cli.rewriting import exposed, load, rewrite
from newswire.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "[providers.courier]\nuri_prefixes = []\n"
SECRET = '[[providers.courier.secrets]]\nid = "s1"\nsecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"\n'  # noqa: S105


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "providers.toml"
    file.write_text(GOOD)
    return file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_another_file_takes_its_place(path: Path) -> None:
    before = path.stat().st_ino
    rewrite(path, lambda text: text + "# ours\n")
    assert path.read_text() == GOOD + "# ours\n"
    assert path.stat().st_ino != before
    assert names(path.parent) == {"providers.toml", ".providers.toml.lock"}


def test_line_ends_stay(path: Path) -> None:
    path.write_bytes(GOOD.replace("\n", "\r\n").encode())
    rewrite(path, lambda text: text + "# ours\n")
    assert path.read_bytes() == GOOD.replace("\n", "\r\n").encode() + b"# ours\n"


def test_a_missing_file_is_made_where_that_is_wanted(path: Path) -> None:
    path.unlink()
    with pytest.raises(SetupError, match=r"there is no providers' file .*: `newswire keys provider add` makes it"):
        rewrite(path, lambda _: GOOD)
    rewrite(path, lambda text: text + GOOD, create=True)
    assert path.read_text() == GOOD
    assert mode(path) == 0o600


def test_a_file_without_secrets_keeps_its_mode_and_one_with_them_is_its_owner_s(path: Path) -> None:
    path.chmod(0o644)
    rewrite(path, lambda text: text)
    assert mode(path) == 0o644
    assert not exposed(path)
    path.write_text(GOOD + SECRET)
    assert exposed(path)
    rewrite(path, lambda text: text)
    assert mode(path) == 0o600
    assert not exposed(path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_root_leaves_the_file_with_its_owner(path: Path) -> None:
    os.chown(path, 10001, 10002)
    rewrite(path, lambda text: text + SECRET)
    lock = path.with_name(".providers.toml.lock")
    assert {(each.stat().st_uid, each.stat().st_gid) for each in (path, lock)} == {(10001, 10002)}


def test_a_link_stays_one(path: Path) -> None:
    link = path.parent / "links" / "providers.toml"
    link.parent.mkdir()
    link.symlink_to("../providers.toml")
    rewrite(link, lambda text: text + "# ours\n")
    assert link.is_symlink()
    assert path.read_text().endswith("# ours\n")
    assert names(link.parent) == {"providers.toml"}


@pytest.mark.parametrize("content", [b"[", b"\xff", b"[providers.courier]\n"])
def test_a_file_at_fault_is_not_touched(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(SetupError, match=r"providers\.toml is"):
        rewrite(path, lambda _: GOOD)
    assert path.read_bytes() == content


def test_a_change_that_ingest_would_not_take_is_not_made(path: Path) -> None:
    with pytest.raises(SetupError, match="uri_prefixes"):
        rewrite(path, lambda text: text.replace("[]", "1"))
    assert path.read_text() == GOOD


def test_a_write_that_fails_leaves_no_trace(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SetupError, match=r"cannot write .*: No space left on device"):
        rewrite(path, lambda text: text + "# ours\n")
    assert path.read_text() == GOOD
    assert names(path.parent) == {"providers.toml", ".providers.toml.lock"}


def test_what_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"cannot read .*: Is a directory"):
        load(tmp_path)
    with pytest.raises(SetupError, match=r"cannot write .*: No such file"):
        rewrite(tmp_path / "nowhere" / "providers.toml", lambda _: GOOD, create=True)
    assert not exposed(tmp_path)


def test_changes_at_once_are_all_made(path: Path) -> None:
    def add(number: int) -> None:
        rewrite(path, lambda text: text + f"# {number}\n")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))
    assert sorted(path.read_text().splitlines()[2:]) == sorted(f"# {number}" for number in range(24))


def test_waiting_for_another_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriting, "LOCK_SECONDS", 0.0)
    with path.with_name(".providers.toml.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(SetupError, match="another `newswire keys` has been changing"):
            rewrite(path, lambda text: text)
