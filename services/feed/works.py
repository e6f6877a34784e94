"""The projector and the clock beside it, from when Kafka is there; before that, what is missing."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from aiokafka.errors import KafkaError

from newswire.errors import FailedError
from newswire.producer import open_producer
from newswire.serving import run_together
from newswire.topics import DEAD_LETTERS, ENRICHED
from services.feed.account import Account
from services.feed.clock import Clock, wall_clock_ms
from services.feed.consumer import group_of, open_consumer
from services.feed.outlet import Outlet
from services.feed.projector import Projector
from services.feed.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
    from opentelemetry.trace import Tracer

    from newswire.telemetry.metrics import Meter
    from services.feed.settings import ProjectorSettings
    from services.feed.store.writer import Writer

_RETRY_SECONDS: Final = 0.5
_TOPIC_SECONDS: Final = 5.0


class _Clients(NamedTuple):
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer


class Works:
    """Waits for Kafka for as long as it takes, and says so whenever it is asked."""

    def __init__(self, settings: ProjectorSettings, writer: Writer, meter: Meter, tracer: Tracer) -> None:
        self._kafka = settings.kafka
        self._wire = settings.wire
        self._writer = writer
        self._meter = meter
        self._tracer = tracer
        self._account = Account(meter, tracer, group_of(settings.wire), ENRICHED)
        self._missing = f"no Kafka at {settings.kafka}"
        self._projector: Projector | None = None

    def projector(self) -> Projector:
        """The projector. Raises FailedError, with what is missing, before it has been started."""
        if self._projector is None:
            msg = f"not started: {self._missing}"
            raise FailedError(msg)
        return self._projector

    async def run(self, stop: asyncio.Event) -> None:
        """Project until `stop`, from when Kafka is there. Raises NewswireError when only a new process can help."""
        async with AsyncExitStack() as stack:
            clients = await self._open(stop, stack)
            if clients is None:
                return
            letters = Outlet(clients.producer, DEAD_LETTERS, self._meter, self._tracer)
            outlet = Outlet(clients.producer, ENRICHED, self._meter, self._tracer)
            self._projector = projector = Projector(clients.consumer, self._writer, letters, self._account)
            clock = Clock(self._writer, outlet, self._meter, wall_clock_ms, lambda: projector.caught_up)
            await run_together(stop, projector.run(stop), clock.run(stop))

    async def _open(self, stop: asyncio.Event, stack: AsyncExitStack) -> _Clients | None:
        trouble = Trouble("kafka_away", "kafka_there")
        while not stop.is_set():
            try:
                clients = await stack.enter_async_context(_open_clients(self._kafka, self._wire))
            except FailedError as error:
                self._missing = str(error)
                trouble.met(error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                trouble.over()
                return clients
        return None


@asynccontextmanager
async def _open_clients(kafka: str, wire: str) -> AsyncIterator[_Clients]:
    """Started clients of a Kafka that has the log. Raises FailedError."""
    async with open_producer(kafka) as producer:
        try:
            async with asyncio.timeout(_TOPIC_SECONDS):
                await producer.partitions_for(ENRICHED)
        except (KafkaError, TimeoutError) as error:
            # A consumer would not say so, and look for it again in five minutes.
            msg = f"no topic {ENRICHED} at {kafka}"
            raise FailedError(msg) from error
        async with open_consumer(kafka, wire) as consumer:
            yield _Clients(producer, consumer)
