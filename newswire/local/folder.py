"""The data folder: one `up` at a time, room on the disk, and files that are written whole."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from newswire.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator

FREE_BYTES: Final = 500 * 1024 * 1024
_MB = 1024 * 1024


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Make the folder and hold its lock, which ends with this process however that ends."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        handle = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        msg = f"cannot write to the data folder {data}: {error.strerror} (`--data DIR` names another)"
        raise SetupError(msg) from error
    try:
        _lock(handle, data)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, data: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            msg = f"cannot lock {data}: {error.strerror}"
            raise SetupError(msg) from error
        pid = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
        msg = f"another `newswire up` (pid {pid}) uses {data}; stop it, or name another folder with `--data DIR`"
        raise SetupError(msg) from error
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)


def check_space(data: Path, need_bytes: int = FREE_BYTES) -> None:
    """Refuse to start on a disk that is about to be full."""
    free = shutil.disk_usage(data).free
    if free < need_bytes:
        msg = f"only {free // _MB} MB are free at {data}, and {need_bytes // _MB} MB are needed (`--data DIR`)"
        raise SetupError(msg)


def write_whole(path: Path, text: str) -> None:
    """Write a file that nobody sees half-written; readable by its owner alone."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            file.write(text)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        msg = f"cannot write {path}: {error.strerror}"
        raise SetupError(msg) from error
