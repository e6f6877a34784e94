"""A hot folder: the files that are complete, in their order, and where they go afterwards. It is its own memory.

A file is complete when it was the same for a while. What is still open for writing cannot be told from what is not on
every system, so a writer that pauses for longer should write under a name that is ignored, and rename in the end.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from newswire.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DONE: Final = "done"
REFUSED: Final = "refused"
PROBLEM: Final = ".problem.json"
# Names of what is being written, as of browsers, rsync, WinSCP and editors; and a problem that came back with its file.
_IGNORED: Final = (".tmp", ".part", ".partial", ".filepart", ".crdownload", "~", PROBLEM)


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells that a file is still the same. Some network's folders have no lasting inode numbers."""

    modified_ns: int
    size: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """A complete file."""

    name: str
    mark: Mark


class HotFolder:
    """One folder. Its methods raise OSError."""

    def __init__(self, folder: Path, settle_seconds: float) -> None:
        self.folder = folder
        self.settle_seconds = settle_seconds
        self._seen: dict[str, tuple[Mark, float]] = {}
        self._left: set[Dropped] = set()

    def prepare(self) -> None:
        """Make the folders where files go. Raises SetupError when that, or moving files there, is not possible."""
        try:
            for name in (DONE, REFUSED):
                (self.folder / name).mkdir(exist_ok=True)
        except OSError as error:
            msg = f"cannot make {self.folder / name}: {error.strerror}"
            raise SetupError(msg) from error
        if not all(os.access(self.folder / name, os.W_OK | os.X_OK) for name in (".", DONE, REFUSED)):
            msg = f"files could not be moved within {self.folder}: it, {DONE}/ and {REFUSED}/ have to be writable"
            raise SetupError(msg)

    def complete(self, now_seconds: float) -> list[Dropped]:
        """The files that have settled by now, the oldest first; by any clock that never goes back."""
        seen: dict[str, tuple[Mark, float]] = {}
        for name, mark in self._files():
            before = self._seen.get(name)
            seen[name] = before if before and before[0] == mark else (mark, now_seconds)
        self._seen = seen
        settled = [
            Dropped(name, mark) for name, (mark, since) in seen.items() if now_seconds - since >= self.settle_seconds
        ]
        self._left.intersection_update(settled)
        waiting = (dropped for dropped in settled if dropped not in self._left)
        return sorted(waiting, key=lambda dropped: (dropped.mark.modified_ns, dropped.name))

    def _files(self) -> Iterator[tuple[str, Mark]]:
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.lower().endswith(_IGNORED):
                    continue
                try:
                    found = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                # An empty file is one that somebody is about to write.
                if stat.S_ISREG(found.st_mode) and found.st_size:
                    yield entry.name, _mark(found)

    def read(self, dropped: Dropped) -> bytes | None:
        """What is in it; nothing when it is not the same file any more."""
        # A link that takes its place must not lead to what is not meant to be published, nor a pipe hold us up.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(self.folder / dropped.name, flags), "rb") as file:
            if _mark(os.fstat(file.fileno())) != dropped.mark:
                return None
            return file.read(dropped.mark.size)

    def accept(self, dropped: Dropped) -> None:
        """Move it to done/, unless it was written again meanwhile: then it is a new one."""
        if self._is_same(dropped):
            (self.folder / dropped.name).rename(_free(self.folder / DONE, dropped.name))

    def refuse(self, dropped: Dropped, problem: bytes) -> None:
        """Move it to refused/ with what was wrong beside it, unless it was written again meanwhile."""
        if self._is_same(dropped):
            to = _free(self.folder / REFUSED, dropped.name)
            # First, so that whoever finds the file finds the reason too.
            to.with_name(to.name + PROBLEM).write_bytes(problem)
            (self.folder / dropped.name).rename(to)

    def leave(self, dropped: Dropped) -> None:
        """Tell of it no more while it is as it is: it is dealt with, and cannot be moved."""
        self._left.add(dropped)

    def _is_same(self, dropped: Dropped) -> bool:
        try:
            return _mark((self.folder / dropped.name).lstat()) == dropped.mark
        except FileNotFoundError:
            return False


def _mark(found: os.stat_result) -> Mark:
    return Mark(found.st_mtime_ns, found.st_size)


def _free(folder: Path, name: str) -> Path:
    """Where a file of this name can go: under it, or under one with the time in it."""
    to = folder / name
    if not os.path.lexists(to):
        return to
    return to.with_stem(f"{to.stem}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
