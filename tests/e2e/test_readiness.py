"""A broker that stands still, dies or is not there yet: /readyz says so in time, and takes it back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from newswire.local.brokers import embedded_brokers
from newswire.local.ports import HOST, Ports
from tests.support.ports import free_port_base
from tests.support.stack import RESTART_SECONDS, RunningStack
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

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

    def __init__(self, client: httpx.AsyncClient, base: str) -> None:
        self._client = client
        self._url = f"{base}/readyz"

    async def becomes(self, status: int, seconds: float = TRUTH_SECONDS) -> dict[str, Any]:
        """Its body, once it answers with this status; fails the test when that takes longer, the answer included."""
        body: dict[str, Any] = {}
        deadline = time.monotonic() + seconds

        async def there() -> bool:
            nonlocal body
            try:
                response = await self._client.get(self._url, timeout=max(0.01, deadline - time.monotonic()))
            except httpx.ConnectError:
                return False
            assert response.headers["content-type"] == "application/health+json"
            body = response.json()
            return response.status_code == status

        await eventually(there, seconds=seconds)
        return body


class TestProjectorAndFeed:
    """The projector needs both brokers, the feed Redis alone."""

    @pytest.fixture
    def projector(self, frail: RunningStack, client: httpx.AsyncClient) -> Health:
        return Health(client, frail.ready["health"]["projector"])

    @pytest.fixture
    def feed(self, frail: RunningStack, client: httpx.AsyncClient) -> Health:
        return Health(client, frail.ready["health"]["feed"])

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
            pid = frail.kill(name)
            told = await projector.becomes(503)
            assert told["checks"][name][0]["status"] == "fail"
        await frail.restarted(name, pid)
        await projector.becomes(200, RESTART_SECONDS)


class TestIngestAndEnrich:
    """Both need Kafka, and neither needs Redis."""

    @pytest.fixture(params=["ingest", "enrich"])
    def health(self, request: pytest.FixtureRequest, frail: RunningStack, client: httpx.AsyncClient) -> Health:
        return Health(client, frail.ready["health"][request.param])

    async def test_kafka_stands_still(self, frail: RunningStack, health: Health) -> None:
        with standing_still(frail, "kafka"):
            told = await health.becomes(503)
            assert told["status"] == told["checks"]["kafka"][0]["status"] == "fail"
        await health.becomes(200, RESTART_SECONDS)

    async def test_kafka_dies(self, frail: RunningStack, health: Health) -> None:
        with unattended(frail):
            pid = frail.kill("kafka")
            assert (await health.becomes(503))["checks"]["kafka"][0]["status"] == "fail"
        await frail.restarted("kafka", pid)
        await health.becomes(200, RESTART_SECONDS)

    async def test_redis_stands_still(self, frail: RunningStack, health: Health) -> None:
        with standing_still(frail, "redis"):
            await health.becomes(200)


class Alone:
    """The feed's two processes as a person starts them: on ports of their own, with or without brokers there."""

    def __init__(self, ports: Ports, folder: Path) -> None:
        self._ports = ports
        self._log = folder / "services.log"
        self._environ = {
            **os.environ,
            "NEWSWIRE_KAFKA": f"{HOST}:{ports.kafka}",
            "NEWSWIRE_REDIS": f"redis://{HOST}:{ports.redis}/0",
            "NEWSWIRE_FEED_PORT": str(ports.feed),
            "NEWSWIRE_FEED_METRICS_PORT": str(ports.feed_metrics),
            "NEWSWIRE_PROJECTOR_PORT": str(ports.projector),
            "NEWSWIRE_PROJECTOR_METRICS_PORT": str(ports.projector_metrics),
        }

    @contextmanager
    def running(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "services.feed", name]
            process = subprocess.Popen(command, env=self._environ, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def base(self, name: str) -> str:
        return f"http://{HOST}:{self._ports.named()[name]}"


class TestBeforeTheBrokers:
    """Start order does not matter: each waits for what it needs, and says so."""

    async def test_they_wait_and_become_ready(self, client: httpx.AsyncClient, tmp_path: Path) -> None:
        ports = Ports.from_base(free_port_base())
        alone = Alone(ports, tmp_path)
        projector, feed = (Health(client, alone.base(name)) for name in ("projector", "feed"))
        with alone.running("projector") as waiting, alone.running("feed"):
            told = await projector.becomes(503, RESTART_SECONDS)
            missing = f"not started: no Kafka at {HOST}:{ports.kafka}"
            assert told["checks"]["kafka"][0]["output"].startswith(missing)
            assert told["checks"]["redis"][0]["status"] == "fail"
            assert (await feed.becomes(503, RESTART_SECONDS))["checks"]["view"][0]["status"] == "fail"
            metrics = (await client.get(f"{alone.base('projector_metrics')}/metrics")).text
            assert "newswire_projector_active 0.0\n" in metrics
            assert "newswire_projected_offset NaN\n" in metrics
            async with embedded_brokers(tmp_path / "brokers", ports):
                told = await projector.becomes(200, RESTART_SECONDS)
                await feed.becomes(200, RESTART_SECONDS)
                assert told["checks"]["projector:active"][0]["observedValue"] in {0, 1}
            assert waiting.poll() is None

    async def test_a_signal_ends_the_wait(self, client: httpx.AsyncClient, tmp_path: Path) -> None:
        alone = Alone(Ports.from_base(free_port_base()), tmp_path)
        with alone.running("projector") as process:
            await Health(client, alone.base("projector")).becomes(503, RESTART_SECONDS)
            process.terminate()
            assert await asyncio.to_thread(process.wait, 15) == 0
