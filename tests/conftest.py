"""Servers for the tests that want them: one real Kafka and one real Redis a test session."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import pytest

from services.feed.store.connection import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import Redis


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    return os.environ["NEWSWIRE_TEST_KAFKA"]


@pytest.fixture(scope="session")
def redis_url() -> str:
    return os.environ["NEWSWIRE_TEST_REDIS"]


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def wire() -> str:
    """A wire of the test's own, so that tests share a Redis without meeting."""
    return uuid.uuid4().hex
