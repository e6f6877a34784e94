"""One way to talk to Redis: bounded waits, no hidden retries, our own errors."""

from __future__ import annotations

import re
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from newswire.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND_SECONDS: Final = 4.0
_POOL_SECONDS: Final = 2.0
# What Redis answers begins with a code; the rest of the text may quote the command, and with it a story.
_CODE: Final = re.compile(r"(?:.*caused error: \(')?([A-Z]{2,})\b", re.DOTALL)


def connect(url: str, connections: int = 32) -> Redis:
    """A client that waits up to 2 s for one of its connections and up to 4 s for an answer.

    redis-py's default would send a command up to eleven times to a server that does not answer.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=_POOL_SECONDS,
        socket_timeout=COMMAND_SECONDS,
        socket_connect_timeout=_POOL_SECONDS,
        retry=Retry(NoBackoff(), 0),
        retry_on_error=[],
        health_check_interval=0,
    )
    return Redis.from_pool(pool)


@contextmanager
def store_errors() -> Iterator[None]:
    """Let the driver's errors leave as ours."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        # The text reaches readers; what the driver says, with its addresses, is the cause.
        msg = "the read model does not answer"
        raise StoreError(msg) from error


def cause_of(error: BaseException) -> str | None:
    """What the driver raised, for the log: its class, and Redis's code for it where there is one."""
    cause = error.__cause__
    if cause is None:
        return None
    code = _CODE.match(str(cause))
    return f"{type(cause).__name__} {code[1]}" if code else type(cause).__name__


def script(name: str) -> str:
    """The text of one of the Lua files beside this module."""
    return files(__package__).joinpath(f"{name}.lua").read_text("utf-8")
