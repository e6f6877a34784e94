"""Servers for the tests that want them: one real Kafka and one real Redis a test session, and one whole stack.

`NEWSWIRE_TEST_KAFKA` and `NEWSWIRE_TEST_REDIS` name servers that run already.
"""

from __future__ import annotations

import os
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from newswire.local.brokers import embedded_brokers
from newswire.local.ports import Ports
from services.feed.store.connection import connect
from tests.support.ports import free_port_base
from tests.support.stack import RunningStack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from redis.asyncio import Redis


@dataclass(frozen=True)
class Servers:
    """Where they are."""

    kafka: str
    redis: str


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    kafka, redis_server = os.environ.get("NEWSWIRE_TEST_KAFKA"), os.environ.get("NEWSWIRE_TEST_REDIS")
    if kafka and redis_server:
        yield Servers(kafka, redis_server)
        return
    async with AsyncExitStack() as stack:
        data = tmp_path_factory.mktemp("brokers")
        both = await stack.enter_async_context(embedded_brokers(data, Ports.from_base(free_port_base())))
        yield Servers(both.bootstrap, both.redis_url)


@pytest.fixture
def kafka_bootstrap(servers: Servers) -> str:
    return servers.kafka


@pytest.fixture
def redis_url(servers: Servers) -> str:
    return servers.redis


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def wire() -> str:
    """A wire of the test's own, so that tests share a Redis without meeting."""
    return uuid.uuid4().hex


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The whole of `newswire up`, as a person starts it."""
    with RunningStack(tmp_path_factory.mktemp("up"), free_port_base()) as running:
        running.wait_ready()
        yield running
