from __future__ import annotations

import errno
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from newswire.errors import SetupError
from newswire.local import jars
from newswire.local.jar_list import jar_list
from newswire.local.jars import Jar, fetch, parse_list

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = b"the bytes of a jar"
JAR = Jar("org.example:thing:1.0", hashlib.sha256(GOOD).hexdigest(), len(GOOD))


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    monkeypatch.setattr("newswire.local.jars.time.sleep", lambda _: None)


def _serve(monkeypatch: pytest.MonkeyPatch, answers: list[bytes | OSError]) -> None:
    def artifact(jar: Jar, stage: Path, count: Callable[[int], None]) -> Path:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        stage.mkdir(parents=True, exist_ok=True)
        path = stage / jar.filename
        path.write_bytes(answer)
        count(len(answer))
        return path

    monkeypatch.setattr(jars, "_artifact", artifact)


def test_the_committed_list_names_kafka_and_each_jar_once() -> None:
    rows = parse_list(files("newswire.local").joinpath("kafka_jars.txt").read_text())
    names = [jar.filename for jar in rows]
    assert "kafka_2.13-4.3.1.jar" in names
    assert len(set(names)) == len(names) == 45
    assert {len(jar.sha256) for jar in rows} == {64}


def test_a_jar_is_kept_once_its_digest_is_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _serve(monkeypatch, [GOOD])
    fetch([JAR], tmp_path, Console(quiet=True))
    assert (tmp_path / JAR.filename).read_bytes() == GOOD
    assert [path.name for path in tmp_path.iterdir()] == [JAR.filename]


def test_a_broken_download_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _serve(monkeypatch, [b"not it", OSError("reset"), GOOD])
    fetch([JAR], tmp_path, Console(quiet=True))
    assert (tmp_path / JAR.filename).read_bytes() == GOOD


def test_a_wrong_digest_is_an_error_that_names_the_jar_and_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _serve(monkeypatch, [b"not it"] * 3)
    with pytest.raises(SetupError, match=r"org\.example:thing:1\.0.*SHA-256"):
        fetch([JAR], tmp_path, Console(quiet=True))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers: list[bytes | OSError] = [OSError(errno.ENOSPC, "No space left on device"), GOOD]
    _serve(monkeypatch, answers)
    with pytest.raises(SetupError, match="disk is full"):
        fetch([JAR], tmp_path, Console(quiet=True))
    assert answers == [GOOD]


def test_a_copy_in_mavens_repository_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _serve(monkeypatch, [])
    local = tmp_path / "m2/org/example/thing/1.0" / JAR.filename
    local.parent.mkdir(parents=True)
    local.write_bytes(GOOD)
    folder = tmp_path / "jars"
    folder.mkdir()
    fetch([JAR], folder, Console(quiet=True))
    assert (folder / JAR.filename).read_bytes() == GOOD


def test_the_list_is_made_from_a_folder_in_mavens_layout(tmp_path: Path) -> None:
    path = tmp_path / "org/example/thing/1.0/thing-1.0.jar"
    path.parent.mkdir(parents=True)
    path.write_bytes(GOOD)
    assert jar_list(tmp_path) == [JAR]
