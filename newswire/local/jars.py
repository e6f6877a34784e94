"""Kafka's jars: a committed list of coordinates and digests -> verified files in the cache.

Each jar is named with its version and none is resolved transitively, so that what runs is what was tested, with
or without Maven on the machine. jgo knows where artifacts live; a copy in Maven's own local repository is used.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from newswire.errors import SetupError
from newswire.local.cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jgo.maven import MavenContext
    from rich.console import Console

_THREADS = 4
_ATTEMPTS = 3
_HTTP_SECONDS = 20
_CHUNK = 1 << 20
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Jar:
    """One artifact of the list: `coordinate` is group:artifact:version."""

    coordinate: str
    sha256: str
    size_bytes: int

    @property
    def filename(self) -> str:
        """As Maven calls it."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


@dataclass(frozen=True, slots=True)
class Jars:
    """The class path: `digest` is the list's, and changes with any jar."""

    folder: Path
    digest: str

    @property
    def class_path(self) -> str:
        """Java's wildcard for every jar of the folder."""
        return f"{self.folder}/*"


def parse_list(text: str) -> list[Jar]:
    """`coordinate sha256 bytes` a line; # begins a comment."""
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return [Jar(coordinate, sha256, int(size)) for coordinate, sha256, size in rows]


def listed_jars() -> list[Jar]:
    """The committed list."""
    return parse_list(files("newswire.local").joinpath("kafka_jars.txt").read_text())


def digest_of(jars: Sequence[Jar]) -> str:
    """The list's own name, and that of its folder in the cache."""
    return hashlib.sha256("".join(jar.sha256 for jar in jars).encode()).hexdigest()[:12]


def kafka_jars(console: Console) -> Jars:
    """Kafka's class path, downloaded first where it is not in the cache. Blocks."""
    jars = listed_jars()
    digest = digest_of(jars)
    folder = cache_folder("jars", digest)
    # A file gets its name only after its digest was checked, so its presence is enough.
    missing = [jar for jar in jars if not (folder / jar.filename).exists()]
    if missing:
        fetch(missing, folder, console)
    return Jars(folder, digest)


def fetch(jars: Sequence[Jar], folder: Path, console: Console) -> None:
    """Download and verify the jars, a few at a time, showing progress."""
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix="download-") as stage,
        _progress(console, jars) as advance,
    ):
        pool = ThreadPoolExecutor(_THREADS)
        try:
            for _ in pool.map(lambda jar: _fetch_one(jar, Path(stage), folder, advance), jars):
                pass
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _fetch_one(jar: Jar, stage: Path, folder: Path, advance: Callable[[int], None]) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        counted = 0

        def count(size: int) -> None:
            nonlocal counted
            counted += size
            advance(size)

        try:
            _attempt(jar, stage / f"{jar.filename}.{attempt}", folder, count)
        except (OSError, RuntimeError, SetupError) as error:
            advance(-counted)
            if attempt == _ATTEMPTS or _is_full(error):
                raise _explain(jar, folder, error) from error
            time.sleep(attempt)
        else:
            # What a local copy did not stream, or the server did not announce, counts as done all the same.
            advance(jar.size_bytes - counted)
            return


def _attempt(jar: Jar, stage: Path, folder: Path, count: Callable[[int], None]) -> None:
    got = _local_copy(jar) or _artifact(jar, stage, count)
    if (found := sha256_of(got)) != jar.sha256:
        msg = f"its SHA-256 is {found} and must be {jar.sha256}"
        raise SetupError(msg)
    part = stage / "verified.jar"
    part.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(got, part)
    part.replace(folder / jar.filename)
    shutil.rmtree(stage, ignore_errors=True)


def _local_copy(jar: Jar) -> Path | None:
    from jgo.constants import default_maven_repo  # noqa: PLC0415 - 0.3 s, and seldom needed

    group, artifact, version = jar.coordinate.split(":")
    path = Path(default_maven_repo(), *group.split("."), artifact, version, jar.filename)
    return path if path.is_file() and sha256_of(path) == jar.sha256 else None


def _artifact(jar: Jar, stage: Path, count: Callable[[int], None]) -> Path:
    context = _maven(stage, count)
    return Path(context.create_dependency(jar.coordinate).artifact.resolve())


def _maven(stage: Path, count: Callable[[int], None]) -> MavenContext:
    """A Maven that writes into `stage` alone: jgo leaves a partial file where a download breaks off."""
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - 0.3 s, and seldom needed

    @contextmanager
    def progress(_filename: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield count

    return MavenContext(PythonResolver(progress_callback=progress), repo_cache=stage, timeout=_HTTP_SECONDS)


def sha256_of(path: Path) -> str:
    """The file's digest in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in _FULL


def _explain(jar: Jar, folder: Path, error: BaseException) -> SetupError:
    if _is_full(error):
        free = shutil.disk_usage(folder).free // _CHUNK
        return SetupError(f"the disk is full: {free} MB free at {folder} (NEWSWIRE_CACHE names another place)")
    return SetupError(f"could not download {jar.coordinate}, {_ATTEMPTS} attempts: {error}. Is there a network?")


@contextmanager
def _progress(console: Console, jars: Sequence[Jar]) -> Iterator[Callable[[int], None]]:
    total = sum(jar.size_bytes for jar in jars)
    title = f"Kafka, {len(jars)} jars"
    if not console.is_terminal:
        yield _plain_progress(console, title, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=total)
        yield lambda size: bar.advance(task, size)


def _plain_progress(console: Console, title: str, total: int) -> Callable[[int], None]:
    """A line a quarter: for a log file, not for an eye."""
    lock, done, told = threading.Lock(), 0, -1

    def advance(size: int) -> None:
        nonlocal done, told
        with lock:
            done += size
            if (quarter := 4 * done // total) > told:
                told = quarter
                console.print(f"{title}: {done // _CHUNK} of {total // _CHUNK} MB", soft_wrap=True, highlight=False)

    advance(0)
    return advance
