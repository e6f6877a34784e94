"""A real Kafka and a real Redis, started together: for the supervisor, and for tests."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.console import Console

from newswire.admin import ensure_topics
from newswire.local.jars import Jars, kafka_jars
from newswire.local.kafka import kafka
from newswire.local.ports import HOST, Ports
from newswire.local.redis import redis
from newswire.local.tools import Tool, find_java, find_redis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from newswire.local.process import Child

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What Kafka and Redis are run with."""

    java: Tool
    redis: Tool
    jars: Jars


def find_tools(console: Console) -> Tools:
    """Find them, or download them, with progress on the console. Blocks."""
    return Tools(find_java(console), find_redis(console), kafka_jars(console))


def _say_nothing(_line: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Brokers:
    """The two children and their addresses; `say` takes a line for a person."""

    kafka: Child
    redis: Child
    bootstrap: str
    redis_url: str
    say: Callable[[str], None] = _say_nothing

    @property
    def children(self) -> tuple[Child, Child]:
        """Both."""
        return self.kafka, self.redis

    async def start(self) -> None:
        """Start both; return once both answer and the topics are there."""
        self.kafka.start()
        self.redis.start()
        await self.redis.wait_ready(START_SECONDS)
        await self.kafka.wait_ready(START_SECONDS)
        done = await ensure_topics(self.bootstrap, timeout_seconds=START_SECONDS)
        for each in done.corrected:
            self.say(f"{each.topic}: {each.corrected}")

    async def stop(self) -> None:
        """Stop both, side by side, within five seconds."""
        await asyncio.gather(self.kafka.stop(STOP_SECONDS), self.redis.stop(STOP_SECONDS))


async def brokers(tools: Tools, data: Path, ports: Ports, say: Callable[[str], None] = _say_nothing) -> Brokers:
    """Kafka and Redis in the data folder, ready to be started."""
    return Brokers(
        await kafka(tools.java, tools.jars, data, ports),
        redis(tools.redis, data, ports.redis),
        bootstrap=f"{HOST}:{ports.kafka}",
        redis_url=f"redis://{HOST}:{ports.redis}/0",
        say=say,
    )


@asynccontextmanager
async def embedded_brokers(data: Path, ports: Ports) -> AsyncIterator[Brokers]:
    """Kafka and Redis that run, with the topics made, for as long as the block lasts."""
    tools = await asyncio.to_thread(find_tools, Console(stderr=True))
    both = await brokers(tools, data, ports)
    try:
        await both.start()
        yield both
    finally:
        await both.stop()
