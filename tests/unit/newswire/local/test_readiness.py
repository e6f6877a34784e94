from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from newswire.local.ports import HOST
from newswire.local.readiness import http_ready, kafka_ready, redis_ready
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("answer", "ready"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", False),
        (b"SSH-2.0\r\n", False),
        (b"", False),
    ],
)
async def test_a_service_is_ready_when_it_says_200(answer: bytes, *, ready: bool) -> None:
    async with answering(answer) as port:
        assert await http_ready(port) is ready


@pytest.mark.parametrize(("answer", "ready"), [(b"+PONG\r\n", True), (b"-LOADING\r\n", False)])
async def test_redis_is_ready_when_it_has_loaded(answer: bytes, *, ready: bool) -> None:
    async with answering(answer) as port:
        assert await redis_ready(port) is ready


async def test_nobody_there_is_not_ready() -> None:
    port = free_port()
    assert [await probe(port) for probe in (http_ready, redis_ready, kafka_ready)] == [False] * 3


async def test_an_open_port_is_no_kafka() -> None:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    async with answering(b"") as port:
        assert await kafka_ready(port) is False
