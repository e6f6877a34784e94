from __future__ import annotations

import asyncio
from typing import Any

import pytest
from opentelemetry.trace import NoOpTracer
from structlog.testing import capture_logs

from newswire.errors import FailedError
from newswire.producer import open_producer
from newswire.telemetry.metrics import Meter
from services.feed import works as workshop
from services.feed.settings import ProjectorSettings
from services.feed.works import Works
from tests.support.ports import free_port
from tests.support.waiting import until


async def test_without_kafka_it_tries_on_says_so_and_ends_at_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workshop, "_RETRY_SECONDS", 0.01)
    tries = 0

    def counted(bootstrap: str) -> Any:
        nonlocal tries
        tries += 1
        return open_producer(bootstrap)

    monkeypatch.setattr(workshop, "open_producer", counted)
    kafka = f"127.0.0.1:{free_port()}"
    writer: Any = None
    works = Works(ProjectorSettings(kafka=kafka), writer, Meter("projector"), NoOpTracer())
    stop = asyncio.Event()
    with capture_logs() as logs:
        running = asyncio.create_task(works.run(stop))
        with pytest.raises(FailedError, match=f"not started: no Kafka at {kafka}"):
            works.projector()
        await until(lambda: tries >= 3)
        stop.set()
        await asyncio.wait_for(running, 10)
    assert [line["event"] for line in logs] == ["kafka_away"]
    with pytest.raises(FailedError, match="not started"):
        works.projector()
