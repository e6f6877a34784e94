"""What both peers are made of: Redis as newswire runs it, and Python processes of `bench.peers`."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console

from newswire.local.ports import HOST
from newswire.local.process import Child, Program
from newswire.local.readiness import http_ready
from newswire.local.redis import redis
from newswire.local.tools import find_redis

if TYPE_CHECKING:
    from pathlib import Path


def redis_child(folder: Path, port: int) -> Child:
    """Redis, append-only, written to disk every second."""
    return redis(find_redis(Console(stderr=True)), folder, port)


def server_child(module: str, part: str, folder: Path, *options: str, port: int = 0) -> Child:
    """One process of a peer; ready when it answers, where it has a port."""
    argv = [sys.executable, "-m", f"bench.peers.{module}", part, *options, "--port", str(port)]
    log = folder / f"{part}.log"
    if not port:
        return Child(Program(part, lambda: argv, log))
    return Child(Program(part, lambda: argv, log, ready=partial(http_ready, port)))


def redis_url(port: int) -> str:
    """Where that Redis is."""
    return f"redis://{HOST}:{port}/0"
