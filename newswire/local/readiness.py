"""Does it answer? One probe a kind of server; each ends within two seconds and never raises."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from newswire.local.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Probe = Callable[[], Awaitable[bool]]

PROBE_SECONDS: Final = 2.0


async def first_line(port: int, request: bytes) -> bytes:
    """The first line that a server answers to `request`; empty when it does not."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(request)
                return await reader.readline()
            finally:
                writer.close()
                await writer.wait_closed()
    except (OSError, ValueError):
        return b""


async def http_ready(port: int) -> bool:
    """Whether GET /readyz is answered with 200."""
    request = f"GET /readyz HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n"
    return (await first_line(port, request.encode())).split(b" ")[1:2] == [b"200"]


async def redis_ready(port: int) -> bool:
    """Whether PING is answered; while it loads its file, Redis says LOADING instead."""
    return (await first_line(port, b"PING\r\n")).startswith(b"+PONG")


async def kafka_ready(port: int) -> bool:
    """Whether the broker is in its own metadata: an open port is not yet a broker that is not fenced."""
    if not await _open(port):
        return False
    admin = AIOKafkaAdminClient(bootstrap_servers=f"{HOST}:{port}", request_timeout_ms=int(PROBE_SECONDS * 1000))
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await admin.start()
    except (KafkaError, OSError):
        return False
    else:
        return True
    finally:
        await admin.close()


async def _open(port: int) -> bool:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            _, writer = await asyncio.open_connection(HOST, port)
            writer.close()
            await writer.wait_closed()
    except OSError:
        return False
    return True
