"""A Kafka client's begin and end, both bounded: with the broker away its own may never return."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

from aiokafka.errors import KafkaError

from newswire.errors import FailedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 3.0


class Client(Protocol):
    """A producer or a consumer."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""


@asynccontextmanager
async def connected(client: Client, bootstrap: str) -> AsyncIterator[None]:
    """Keep a client started. Raises FailedError when Kafka does not answer within 30 s."""
    try:
        try:
            async with asyncio.timeout(START_SECONDS):
                await client.start()
        except (KafkaError, OSError, TimeoutError) as error:
            msg = f"no Kafka at {bootstrap}: {type(error).__name__}"
            raise FailedError(msg) from error
        yield
    finally:
        await stop_client(client)


async def stop_client(client: Client) -> None:
    """Stop within 3 s, or leave it."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await client.stop()
    except (KafkaError, TimeoutError):
        return
