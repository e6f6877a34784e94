"""The peer of `bench.peers.redis_streams`, with a Redis of its own."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bench.contenders.contender import Running, started
from bench.contenders.peer import redis_child, redis_url, server_child
from bench.results import REDIS_STREAMS
from newswire.local.ports import HOST
from tests.support.ports import free_port_base

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class RedisStreams:
    """Redis and three processes."""

    name = REDIS_STREAMS

    def missing(self) -> str | None:
        """It needs nothing that newswire does not bring."""
        return None

    @asynccontextmanager
    async def run(self, folder: Path) -> AsyncIterator[Running]:
        """Redis first, the way in last."""
        base = free_port_base(3)
        push_port, feed_port = base + 1, base + 2
        where = ("--redis", redis_url(base))
        redis = redis_child(folder, base)
        work = server_child("redis_streams", "work", folder, *where)
        feed = server_child("redis_streams", "feed", folder, *where, port=feed_port)
        push = server_child("redis_streams", "push", folder, *where, port=push_port)
        async with started(redis, work, feed, push):
            yield Running(
                push_url=f"http://{HOST}:{push_port}/stories",
                stream_url=f"http://{HOST}:{feed_port}/stream",
                pids={child.name: [child.pid] for child in (redis, push, work, feed)},
                headers={},
            )
