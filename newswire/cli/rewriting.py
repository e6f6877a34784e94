"""The providers' file on the disk: changed by one command at a time, whole or not at all, and for its owner's eyes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from newswire.errors import SetupError
from services.ingest.credentials import EXPOSED, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PRIVATE: Final = 0o600
LOCK_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 0.05


def load(path: Path) -> str:
    """The text of a file that ingest would take. Raises SetupError when it is missing or at fault."""
    text = _read(path)
    if text is None:
        msg = f"there is no providers' file {path}: `newswire keys provider add` makes it"
        raise SetupError(msg)
    try:
        parse(text)
    except SetupError as error:
        msg = f"the providers' file {path} is at fault, mend it first: {error}"
        raise SetupError(msg) from error
    return text


def exposed(path: Path) -> bool:
    """Whether others than its owner can read or write a file that holds secrets."""
    try:
        return bool(path.stat().st_mode & EXPOSED) and parse(path.read_text("utf-8")).holds_secrets
    except (OSError, UnicodeDecodeError, SetupError):
        return False


def rewrite(path: Path, change: Callable[[str], str], *, create: bool = False) -> None:
    """Put in the file's place what `change` makes of its text; `create` makes a missing file of "".

    Raises SetupError, and leaves the file as it was.
    """
    # What a link points to, so that it stays a link.
    target = path.resolve()
    with _locked(target):
        text = "" if create and not target.exists() else load(target)
        changed = change(text)
        secret = parse(changed).holds_secrets
        with _told(target):
            _replace(target, changed, secret=secret)


def _read(path: Path) -> str | None:
    try:
        # Not read_text, which makes one kind of line end of all.
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise SetupError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"the providers' file {path} is not UTF-8"
        raise SetupError(msg) from error


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise SetupError(msg) from error


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Hold the lock beside the file; it stays there, since to remove it would let two in."""
    with _told(target):
        handle = os.open(
            target.with_name(f".{target.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE
        )
    try:
        with _told(target):
            _keep_owner(handle, target)
            _wait(handle, target)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, target: Path) -> None:
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until:
                msg = f"another `newswire keys` has been changing {target} for {LOCK_SECONDS:g} s"
                raise SetupError(msg) from error
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _replace(target: Path, text: str, *, secret: bool) -> None:
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        try:
            file.write(text.encode())
            file.flush()
            os.fchmod(file.fileno(), PRIVATE if secret else _mode(target))
            _keep_owner(file.fileno(), target)
            os.fsync(file.fileno())
            Path(file.name).replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(file.name).unlink()
            raise
    _sync(target.parent)


def _mode(target: Path) -> int:
    """As it is: a file without secrets may be read by an ingest that runs as another user."""
    return stat.S_IMODE(target.stat().st_mode) if target.exists() else PRIVATE


def _keep_owner(handle: int, target: Path) -> None:
    # Run as root: ingest could not read a file that became root's.
    with contextlib.suppress(FileNotFoundError):
        there, ours = target.stat(), os.fstat(handle)
        if (there.st_uid, there.st_gid) != (ours.st_uid, ours.st_gid):
            os.fchown(handle, there.st_uid, there.st_gid)


def _sync(folder: Path) -> None:
    """Make the rename itself last through a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
