"""What ingest remembers in Redis: best effort, never waited for long, and never the reason for a wrong answer.

Commands of requests that are under way at the same time share a round trip: one of its own would cost each push as
much as all the rest of it.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, Protocol

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Sequence

ANSWER_SECONDS: Final = 0.25
# After a failure nobody asks for as long: a Redis that hangs must not slow every push down.
REST_SECONDS: Final = 1.0
# More is forgotten: by then Redis is slower than Kafka.
MOST_WAITING: Final = 10_000

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger()

Command = tuple[str | bytes | int, ...]


class Memory(Protocol):
    """Keeps bytes under a key for some seconds, maybe."""

    async def recall(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """What is kept under each key; nothing where it is not known."""

    async def claim(self, key: str, value: bytes, seconds: int) -> bytes | None:
        """Keep a value unless there is one; that one, if so."""

    def keep(self, entries: Sequence[tuple[str, bytes]], seconds: int) -> None:
        """Begin to keep values, over whatever there is. Nobody waits for it: what is asked later is answered later."""

    def forget(self, key: str) -> None:
        """Begin to forget a value."""

    async def check(self) -> str | None:
        """A warning when nothing is remembered."""


class NoMemory:
    """Remembers nothing."""

    async def recall(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """Nothing for each key."""
        return [None] * len(keys)

    async def claim(self, key: str, value: bytes, seconds: int) -> bytes | None:  # noqa: ARG002 - the port's form
        """Nothing."""
        return None

    def keep(self, entries: Sequence[tuple[str, bytes]], seconds: int) -> None:
        """Forget them."""

    def forget(self, key: str) -> None:
        """There is nothing to forget."""

    async def check(self) -> str | None:
        """Nothing is wrong."""
        return None


class RedisMemory:
    """Keeps them in Redis, each key under a prefix."""

    def __init__(self, url: str, prefix: str) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
            retry_on_error=[],
        )
        self._prefix = prefix
        self._waiting: list[tuple[Command, asyncio.Future[object]]] = []
        self._sending: asyncio.Task[None] | None = None
        self._rests_until = 0.0

    async def close(self) -> None:
        """Send what waits, and close the connection."""
        if self._sending:
            await asyncio.wait({self._sending}, timeout=2 * ANSWER_SECONDS)
        await self._redis.aclose()

    async def recall(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """What is kept under each key; nothing for all of them when Redis does not answer at once."""
        found = await self._ask("MGET", *(self._prefix + key for key in keys))
        return found if isinstance(found, list) else [None] * len(keys)

    async def claim(self, key: str, value: bytes, seconds: int) -> bytes | None:
        """Keep a value unless there is one; that one, if so. Nothing when Redis does not answer at once."""
        found = await self._ask("SET", self._prefix + key, value, "NX", "GET", "EX", seconds)
        return found if isinstance(found, bytes) else None

    def keep(self, entries: Sequence[tuple[str, bytes]], seconds: int) -> None:
        """Begin to keep values, over whatever there is; not while Redis does not answer at once."""
        for key, value in entries:
            self._ask("SET", self._prefix + key, value, "EX", seconds)

    def forget(self, key: str) -> None:
        """Begin to forget a value; not while Redis does not answer at once."""
        self._ask("DEL", self._prefix + key)

    async def check(self) -> str | None:
        """A warning while Redis does not answer: pushes are taken all the same."""
        answered = await self._ask("PING")
        return None if answered else "Redis does not answer: repeats and Idempotency-Keys are not recognised"

    def _ask(self, *command: str | bytes | int) -> asyncio.Future[object]:
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if time.monotonic() < self._rests_until or len(self._waiting) >= MOST_WAITING:
            answer.set_result(None)
            return answer
        self._waiting.append((command, answer))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())
        return answer

    async def _send(self) -> None:
        """Send what waits, and what comes meanwhile after it."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            found: Sequence[object] = [None] * len(batch)
            try:
                found = await self._round([command for command, _ in batch])
            finally:
                # Whatever has happened, nobody waits on.
                for (_, answer), value in zip(batch, found, strict=True):
                    if not answer.done():
                        answer.set_result(None if isinstance(value, RedisError) else value)

    async def _round(self, commands: Sequence[Command]) -> Sequence[object]:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                pipe = self._redis.pipeline(transaction=False)
                for command in commands:
                    # Else redis-py would take any answer to a SET for a yes or a no.
                    pipe.execute_command(*command, **({"get": True} if "GET" in command else {}))
                return list(await pipe.execute(raise_on_error=False))
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            _LOG.warning("memory_away", error=type(error).__name__)
            self._rests_until = time.monotonic() + REST_SECONDS
            return [None] * len(commands)
