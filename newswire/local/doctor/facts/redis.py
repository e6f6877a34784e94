"""Redis: its version and settings, the clock, and a wire's view."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from newswire.errors import FailedError, StoreError
from newswire.local.doctor.skew import Skew
from services.feed.store.connection import connect, store_errors
from services.feed.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from redis.asyncio import Redis

SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """`settings` lacks what this Redis does not tell; the view's `offset` is that of the last record applied to it."""

    version: str
    settings: dict[str, str]
    skew: Skew
    whole: bool
    offset: int | None


async def ask_redis(url: str, wire: str) -> RedisFacts:
    """Raises FailedError when it does not answer within 5 s."""
    try:
        async with asyncio.timeout(SECONDS), _open(url) as redis:
            with store_errors():
                about = await redis.info("server")
                skew = await _skew(redis)
            settings = await _settings(redis)
            view = await Writer(redis, wire, changes_kept=1).view(())
    except (StoreError, TimeoutError) as error:
        raise FailedError(str(error.__cause__ or "") or f"no answer within {SECONDS:g} s") from error
    return RedisFacts(_version(about), settings, skew, view.whole, view.offset)


@asynccontextmanager
async def _open(url: str) -> AsyncIterator[Redis]:
    try:
        redis = connect(url, connections=2)
    except ValueError as error:
        msg = f"not a Redis address: {error}"
        raise FailedError(msg) from error
    try:
        yield redis
    finally:
        await redis.aclose()


def _version(about: Mapping[str, object]) -> str:
    """Valkey says which Redis it is like, and what it is."""
    itself = about.get("valkey_version")
    return f"{about.get('redis_version', '?')}" + (f" (Valkey {itself})" if itself else "")


async def _settings(redis: Redis) -> dict[str, str]:
    """Empty where CONFIG is not allowed, as on most hosted ones."""
    try:
        with store_errors():
            answer = await redis.config_get("maxmemory-policy", "appendonly")
    except StoreError:
        return {}
    return {str(name): str(value) for name, value in answer.items()}


async def _skew(redis: Redis) -> Skew:
    before = time.time()
    seconds, micros = await redis.time()
    after = time.time()
    there = int(seconds) + int(micros) / 1_000_000
    return Skew(there - after, there - before)
