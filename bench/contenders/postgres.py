"""The peer of `bench.peers.postgres`, with a PostgreSQL and a Redis of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
import psutil

from bench.contenders.contender import Running, started
from bench.contenders.peer import redis_child, redis_url, server_child
from bench.results import POSTGRES
from newswire.local.ports import HOST
from newswire.local.process import Child, Program
from tests.support.ports import free_port_base

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_DEBIAN: Final = Path("/usr/lib/postgresql")
_USER: Final = "newswire"
_INITDB_SECONDS: Final = 60
_PROBE_SECONDS: Final = 2


class Postgres:
    """PostgreSQL, Redis and two processes."""

    name = POSTGRES

    def missing(self) -> str | None:
        """PostgreSQL's programs are the machine's own."""
        if not _programs():
            return "no PostgreSQL on PATH nor in /usr/lib/postgresql"
        if os.geteuid() == 0 and not (shutil.which("setpriv") and _unprivileged()):
            return "PostgreSQL does not run as root, and there is nobody else to run it as"
        return None

    @asynccontextmanager
    async def run(self, folder: Path) -> AsyncIterator[Running]:
        """Databases first, the way in last."""
        base = free_port_base(4)
        push_port, feed_port, postgres_port = base + 1, base + 2, base + 3
        where = ("--redis", redis_url(base))
        url = f"postgresql://{_USER}@{HOST}:{postgres_port}/postgres"
        with _cluster() as data:
            redis = redis_child(folder, base)
            postgres = _postgres(data, folder, postgres_port, url)
            feed = server_child("postgres", "feed", folder, *where, port=feed_port)
            push = server_child("postgres", "push", folder, *where, "--postgres", url, port=push_port)
            async with started(redis, postgres, feed, push):
                # One process a connection; the push process has opened them all before it was ready.
                backends = psutil.Process(postgres.pid).children(recursive=True)
                yield Running(
                    push_url=f"http://{HOST}:{push_port}/stories",
                    stream_url=f"http://{HOST}:{feed_port}/stream",
                    pids={
                        "postgres": [postgres.pid, *(process.pid for process in backends)],
                        **{child.name: [child.pid] for child in (redis, push, feed)},
                    },
                    headers={},
                )


def _programs() -> Path | None:
    """The folder of initdb and postgres: PATH's, else Debian's newest, which is not on PATH."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = [path for path in _DEBIAN.glob("*/bin") if (path / "initdb").exists()]
    return max(folders, key=lambda path: float(path.parent.name), default=None)


def _unprivileged() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _as_user() -> list[str]:
    """The words before a command that root must not run."""
    user = _unprivileged()
    if os.geteuid() != 0 or user is None:
        return []
    # Its new user would else outlive us: a change of user clears what the kernel was told.
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--pdeathsig=INT"]


@contextmanager
def _cluster() -> Iterator[Path]:
    """A new database cluster, below the system's own temporary folder, which every user may enter."""
    programs, user = _programs(), _unprivileged()
    assert programs is not None  # noqa: S101 - `missing` was asked
    with tempfile.TemporaryDirectory(prefix="newswire-bench-postgres-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0 and user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = Path(folder, "data")
        options = ["--pgdata", str(data), "--username", _USER, "--auth", "trust", "--encoding", "UTF8"]
        subprocess.run(
            [*_as_user(), str(programs / "initdb"), *options, "--locale", "C", "--no-sync"],
            cwd=folder,
            timeout=_INITDB_SECONDS,
            check=True,
            capture_output=True,
        )
        yield data


def _postgres(data: Path, folder: Path, port: int, url: str) -> Child:
    """PostgreSQL as it comes: each commit is on disk before it is answered."""
    programs = _programs()
    settings = {"listen_addresses": HOST, "port": str(port), "unix_socket_directories": "", "fsync": "on"}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    argv = [*_as_user(), f"{programs}/postgres", "-D", str(data), *words]
    return Child(Program("postgres", lambda: argv, folder / "postgres.log", ready=partial(_answers, url)))


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=_PROBE_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True
