"""A broker that stands still or dies: /readyz says so in time, and takes it back."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.ports import free_port_base
from tests.support.stack import RESTART_SECONDS, RunningStack
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

# The promise: what is broken shows within this time.
TRUTH_SECONDS = 5.0


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of these tests' own: what stands still here must not be in another test's way."""
    with RunningStack(tmp_path_factory.mktemp("frail"), free_port_base()) as running:
        running.wait_ready()
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=TRUTH_SECONDS) as made:
        yield made


@contextmanager
def standing_still(stack: RunningStack, name: str) -> Iterator[None]:
    stack.kill(name, signal.SIGSTOP)
    try:
        yield
    finally:
        stack.kill(name, signal.SIGCONT)


@contextmanager
def unattended(stack: RunningStack) -> Iterator[None]:
    """Nobody starts what has died again."""
    assert stack.process is not None
    stack.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        stack.process.send_signal(signal.SIGCONT)


class Health:
    """One service's /readyz."""

    def __init__(self, client: httpx.AsyncClient, stack: RunningStack, name: str) -> None:
        self._client = client
        self._url = f"{stack.ready['health'][name]}/readyz"

    async def becomes(self, status: int, seconds: float = TRUTH_SECONDS) -> dict[str, Any]:
        """Its body, once it answers with this status; fails the test when that takes longer, the answer included."""
        body: dict[str, Any] = {}
        deadline = time.monotonic() + seconds

        async def there() -> bool:
            nonlocal body
            response = await self._client.get(self._url, timeout=max(0.01, deadline - time.monotonic()))
            assert response.headers["content-type"] == "application/health+json"
            body = response.json()
            return response.status_code == status

        await eventually(there, seconds=seconds)
        return body


class TestProjectorAndFeed:
    """The projector needs both brokers, the feed Redis alone."""

    @pytest.fixture
    def projector(self, frail: RunningStack, client: httpx.AsyncClient) -> Health:
        return Health(client, frail, "projector")

    @pytest.fixture
    def feed(self, frail: RunningStack, client: httpx.AsyncClient) -> Health:
        return Health(client, frail, "feed")

    async def test_redis_stands_still(self, frail: RunningStack, projector: Health, feed: Health) -> None:
        with standing_still(frail, "redis"):
            told = await projector.becomes(503)
            assert told["status"] == told["checks"]["redis"][0]["status"] == "fail"
            assert told["checks"]["kafka"][0]["status"] == "pass"
            assert (await feed.becomes(503))["checks"]["view"][0]["status"] == "fail"
        await projector.becomes(200)
        await feed.becomes(200)

    async def test_kafka_stands_still(self, frail: RunningStack, projector: Health, feed: Health) -> None:
        with standing_still(frail, "kafka"):
            told = await projector.becomes(503)
            assert told["status"] == told["checks"]["kafka"][0]["status"] == "fail"
            assert told["checks"]["redis"][0]["status"] == "pass"
            assert (await feed.becomes(200))["status"] == "pass"
        told = await projector.becomes(200)
        assert told["checks"]["projector:active"][0]["observedValue"] == 1

    @pytest.mark.parametrize("name", ["kafka", "redis"])
    async def test_a_broker_dies(self, frail: RunningStack, projector: Health, name: str) -> None:
        with unattended(frail):
            frail.kill(name)
            told = await projector.becomes(503)
            assert told["checks"][name][0]["status"] == "fail"
        await projector.becomes(200, RESTART_SECONDS)


class TestIngestAndEnrich:
    """Both need Kafka, and neither needs Redis."""

    @pytest.fixture(params=["ingest", "enrich"])
    def health(self, request: pytest.FixtureRequest, frail: RunningStack, client: httpx.AsyncClient) -> Health:
        return Health(client, frail, request.param)

    async def test_kafka_stands_still(self, frail: RunningStack, health: Health) -> None:
        with standing_still(frail, "kafka"):
            told = await health.becomes(503)
            assert told["status"] == told["checks"]["kafka"][0]["status"] == "fail"
        await health.becomes(200, RESTART_SECONDS)

    async def test_kafka_dies(self, frail: RunningStack, health: Health) -> None:
        with unattended(frail):
            frail.kill("kafka")
            assert (await health.becomes(503))["checks"]["kafka"][0]["status"] == "fail"
        await health.becomes(200, RESTART_SECONDS)

    async def test_redis_stands_still(self, frail: RunningStack, health: Health) -> None:
        with standing_still(frail, "redis"):
            await health.becomes(200)
