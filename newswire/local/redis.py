"""Redis (or Valkey) as a child process: append-only file, no eviction, the loopback interface."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from newswire.local.ports import HOST
from newswire.local.process import Child, Program
from newswire.local.readiness import redis_ready

if TYPE_CHECKING:
    from pathlib import Path

    from newswire.local.tools import Tool

_FLAGS: Final = {
    "bind": HOST,
    "protected-mode": "yes",
    "daemonize": "no",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
}


def redis_arguments(port: int, folder: Path) -> list[str]:
    """The command line without the program."""
    flags = {**_FLAGS, "port": str(port), "dir": str(folder)}
    return [word for name, value in flags.items() for word in (f"--{name}", value)]


def redis(server: Tool, data: Path, port: int) -> Child:
    """Redis as a child that is ready to be started."""
    folder, logs = data / "redis", data / "logs"
    for each in (folder, logs):
        each.mkdir(parents=True, exist_ok=True)
    arguments = [str(server.path), *redis_arguments(port, folder)]
    return Child(Program("redis", lambda: arguments, logs / "redis.log", ready=partial(redis_ready, port)))
