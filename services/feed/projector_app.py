"""Wires the projector's process: the projector, the clock beside it, and its health."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiokafka.errors import KafkaError
from starlette.applications import Starlette

from newswire.errors import FailedError
from newswire.health import health_routes
from newswire.producer import open_producer
from newswire.serving import run_together, serve, stop_event
from services.feed.clock import Clock, wall_clock_ms
from services.feed.projector import Projector, make_consumer
from services.feed.store.connection import connect
from services.feed.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiokafka import AIOKafkaConsumer

    from services.feed.settings import ProjectorSettings

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 3.0


async def run_projector(settings: ProjectorSettings) -> None:
    """Project until a signal. Raises NewswireError when only a new process can help."""
    redis = connect(settings.redis, connections=8)
    writer = Writer(redis, settings.wire, changes_kept=settings.changes_kept)
    try:
        async with open_producer(settings.kafka) as producer, _started_consumer(settings) as consumer:
            # Only from here on: a signal that comes earlier ends the process at once, and nothing is lost.
            stop = stop_event()
            projector = Projector(consumer, writer, producer, now_ms=wall_clock_ms)
            clock = Clock(writer, producer, wall_clock_ms, lambda: projector.caught_up)
            app = Starlette(routes=health_routes({"log": projector.check}))
            await run_together(
                stop,
                projector.run(stop),
                clock.run(stop),
                serve(app, settings.host, settings.projector_port, stop),
            )
    finally:
        await redis.aclose()


@asynccontextmanager
async def _started_consumer(settings: ProjectorSettings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = make_consumer(settings.kafka, settings.wire)
    try:
        try:
            async with asyncio.timeout(_START_SECONDS):
                await consumer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            msg = f"no Kafka at {settings.kafka}: {type(error).__name__}"
            raise FailedError(msg) from error
        yield consumer
    finally:
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await consumer.stop()
        except (KafkaError, TimeoutError):
            pass
