"""The worker from start to end: our producer, Faust's consumer, and the watch over both."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from aiokafka.errors import KafkaError

from newswire.errors import FailedError
from newswire.health import Observed
from newswire.producer import open_producer
from newswire.topics import RAW
from services.enrich.agent import Enricher, Outgoing
from services.enrich.consumer import GROUP, Consumer, die, make_app, register
from services.enrich.watch import Watch, open_offsets

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from aiokafka import AIOKafkaProducer

    from newswire.health import Check
    from services.enrich.account import Account
    from services.enrich.agent import Send, Timed
    from services.enrich.settings import EnrichSettings
    from services.enrich.watch import Offsets

_RETRY_SECONDS: Final = 1.0
# Short, since what is in flight then is done again by the next worker: a slow broker must not hold a restart up.
_STOP_SECONDS: Final = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Kafka:
    """What there is once the broker has answered."""

    producer: AIOKafkaProducer
    offsets: Offsets


@dataclass(frozen=True, slots=True)
class _Running:
    """What there is once Faust has started."""

    consumer: Consumer
    watch: Watch
    acknowledging: asyncio.Task[None]


class Worker:
    """There before Kafka is, though not ready then."""

    def __init__(self, settings: EnrichSettings, account: Account, enrich: Timed) -> None:
        self._settings = settings
        self._account = account
        self._enrich = enrich
        self._executor = ThreadPoolExecutor(1, "enrich")
        self._opened = AsyncExitStack()
        self._kafka: _Kafka | None = None
        self._running: _Running | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Wait for Kafka, start, and work until `stop`. What goes wrong ends the process: Faust would live on."""
        try:
            if not await _before(stop, self._open()) or self._kafka is None:
                return
            if await _before(stop, self._start(self._kafka, stop)) and self._running is not None:
                await self._running.watch.run(stop)
        except Exception as error:  # noqa: BLE001 - as above
            die(error)

    async def close(self, late_code: int) -> None:
        """Stop what was started; the process ends with `late_code` when that takes over 5 s."""
        with _bounded(late_code):
            if self._running is not None:
                # Faust waits for the events in flight, which the other task acks; so that one ends after Faust does.
                await self._running.consumer.stop()
                self._running.acknowledging.cancel()
            self._executor.shutdown(wait=False, cancel_futures=True)
            await self._opened.aclose()

    def checks(self) -> dict[str, Check]:
        """What the worker's readiness is the sum of."""
        return {"kafka": self._check_kafka, "consumer": self._check_consumer, f"{RAW}:lag": self._lag}

    async def _open(self) -> None:
        """Return once Kafka answers. It is asked without end: until then there is nothing else to do."""
        told = False
        while self._kafka is None:
            try:
                producer = await self._opened.enter_async_context(open_producer(self._settings.kafka))
                offsets = await self._opened.enter_async_context(open_offsets(self._settings.kafka, GROUP))
                self._kafka = _Kafka(producer, offsets)
            except FailedError as error:
                if not told:
                    log.warning("kafka_awaited", error=str(error))
                    told = True
                await self._opened.aclose()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _start(self, kafka: _Kafka, stop: asyncio.Event) -> None:
        """Start Faust. Given up in the middle it is left as it is: its thread ends with the process."""
        enricher = Enricher(self._enrich, _sender(kafka.producer), self._executor, self._account)
        app = make_app(self._settings)
        register(app, enricher, stop)
        consumer = Consumer(app, enricher)
        await consumer.start(self._settings.kafka)
        watch = Watch(kafka.offsets, consumer, self._account.lags)
        self._running = _Running(consumer, watch, asyncio.create_task(_acknowledge(enricher)))

    async def _check_kafka(self) -> None:
        if self._kafka is None:
            msg = f"Kafka at {self._settings.kafka} has not answered yet"
            raise FailedError(msg)
        try:
            # The consumer's idea of a broker that is away would be half a minute old.
            await self._kafka.producer.client.fetch_all_metadata()
        except KafkaError as error:
            msg = "Kafka does not answer"
            raise FailedError(msg) from error

    async def _check_consumer(self) -> None:
        if self._running is None:
            msg = "not started"
            raise FailedError(msg)
        if self._running.consumer.crash() is not None:
            msg = "Faust has crashed"
            raise FailedError(msg)
        if not self._running.consumer.partitions():
            msg = f"no partition of {RAW} is assigned"
            raise FailedError(msg)
        self._running.watch.check()

    async def _lag(self) -> Observed | None:
        lag = None if self._running is None else self._running.watch.lag
        return None if lag is None else Observed(lag, "records")


async def _before(stop: asyncio.Event, work: Coroutine[object, object, None]) -> bool:
    """Whether it was done before `stop`; else it is given up, and not waited for. Raises what it raises."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            return True
        return False
    finally:
        working.cancel()
        stopping.cancel()


@contextmanager
def _bounded(code: int) -> Iterator[None]:
    giving_up = threading.Timer(_STOP_SECONDS, os._exit, (code,))
    giving_up.daemon = True
    giving_up.start()
    try:
        yield
    finally:
        giving_up.cancel()


def _sender(producer: AIOKafkaProducer) -> Send:
    async def send(out: Outgoing) -> asyncio.Future[object]:
        future: asyncio.Future[object] = await producer.send(
            out.topic, key=out.key, value=out.value, headers=out.headers
        )
        return future

    return send


async def _acknowledge(enricher: Enricher) -> None:
    try:
        await enricher.acknowledge()
    except Exception as error:  # noqa: BLE001 - an outermost loop: without it no offset is ever committed again
        die(error)
