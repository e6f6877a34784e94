"""Wires the enrich worker: Faust's consumer and stream, our own producer, our own event loop.

Neither Faust's command line (it binds 0.0.0.0:6066 whatever one says) nor its producer (a failed publish is committed
all the same) is used.
"""

from __future__ import annotations

import asyncio
import math
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, cast

import faust
import structlog
from aiokafka.errors import KafkaError
from faust.exceptions import ConsumerNotStarted
from starlette.applications import Starlette

from newswire.errors import FailedError
from newswire.health import Observed, health_routes
from newswire.producer import open_producer
from newswire.serving import run_together, serve, set_on_signals
from newswire.telemetry.metrics import ENRICH, Meter
from newswire.telemetry.tracing import open_tracer
from newswire.topics import RAW
from services.enrich.account import Account
from services.enrich.agent import Enricher, Outgoing
from services.enrich.enrichment.pipeline import load_pipeline

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer
    from faust.types import TP, StreamT

    from newswire.health import Check
    from services.enrich.agent import Send
    from services.enrich.settings import EnrichSettings

_GROUP: Final = "newswire-enrich"
_START_SECONDS: Final = 60.0
# Short, since what is in flight then is done again by the next worker: a slow broker must not hold a restart up.
_STOP_SECONDS: Final = 5.0
_WATCH_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 30.0
# Long before that it is no longer ready.
_UNREADY_SECONDS: Final = 3.0
_ASK_SECONDS: Final = 5.0
_EXIT_FATAL: Final = 70  # EX_SOFTWARE

log = structlog.get_logger()


def die(error: BaseException) -> NoReturn:
    """End at once, without an ack: Faust's own way out of a crash leaves a process that does nothing."""
    log.critical("fatal", error=str(error), error_type=type(error).__name__)
    os._exit(_EXIT_FATAL)


def make_app(settings: EnrichSettings) -> faust.App:
    """A Faust app that only consumes: no web server, no leader, no tables, offsets committed five times a second."""
    settings.data.mkdir(parents=True, exist_ok=True)
    return faust.App(
        _GROUP,
        broker=f"kafka://{settings.kafka}",
        datadir=str(settings.data),
        key_serializer="raw",
        value_serializer="raw",
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=True,
        stream_recovery_delay=0,
        broker_commit_interval=0.2,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=1.0,
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
    )


def register(app: faust.App, enricher: Enricher, stop: asyncio.Event) -> None:
    """Give the app its one agent, which hands every event to `enricher`; `stop` tells when it may end."""
    topic = app.topic(RAW, key_serializer="raw", value_serializer="raw")

    @app.agent(topic, concurrency=1)
    async def articles(stream: StreamT[bytes]) -> None:
        manual = cast("faust.Stream[bytes]", stream).noack()
        try:
            async for event in manual.events():
                await enricher.take(manual, event)
            if not stop.is_set():
                die(FailedError("the stream of articles.raw has ended"))
        except Exception as error:  # noqa: BLE001 - the outermost loop: nothing may escape into Faust
            die(error)


def _sender(producer: AIOKafkaProducer) -> Send:
    async def send(out: Outgoing) -> asyncio.Future[object]:
        future: asyncio.Future[object] = await producer.send(
            out.topic, key=out.key, value=out.value, headers=out.headers
        )
        return future

    return send


async def run_enrich(settings: EnrichSettings) -> None:
    """Enrich until a signal. Raises FailedError when Kafka does not answer at the start."""
    meter = Meter(ENRICH)
    with open_tracer(ENRICH, exporting=bool(settings.otlp_endpoint)) as tracer:
        account = Account(meter, tracer, _GROUP)
        pipeline = load_pipeline()
        with ThreadPoolExecutor(1, "enrich") as executor:
            async with open_producer(settings.kafka) as producer:
                enricher = Enricher(pipeline.enrich, _sender(producer), executor, account)
                await _run(settings, producer, enricher, account)


async def _run(settings: EnrichSettings, producer: AIOKafkaProducer, enricher: Enricher, account: Account) -> None:
    stop = asyncio.Event()
    app = make_app(settings)
    register(app, enricher, stop)
    try:
        await _start(app, settings.kafka)
    except BaseException as error:  # noqa: BLE001 - Faust's thread is no daemon: Python would wait for it for ever
        die(error)
    # Only from here on: a signal that comes earlier ends the process at once, and nothing is lost.
    set_on_signals(stop)
    watch = Watch(app, enricher, account)
    acknowledging = asyncio.create_task(_acknowledge(enricher))
    try:
        health = Starlette(routes=health_routes(_checks(app, producer, watch)))
        await run_together(
            stop,
            watch.run(stop),
            serve(health, settings.host, settings.enrich_port, stop),
            serve(account.meter.app(), settings.metrics_host, settings.enrich_metrics_port, stop),
        )
    finally:
        # Faust waits for the events in flight, which the task above acks; so that ends after Faust does.
        await _stop(app)
        acknowledging.cancel()


async def _start(app: faust.App, bootstrap: str) -> None:
    app.finalize()
    try:
        async with asyncio.timeout(_START_SECONDS):
            await app.start()
    except TimeoutError as error:
        msg = f"the consumer of {RAW} at {bootstrap} did not start within {_START_SECONDS:g} s"
        raise FailedError(msg) from error


async def _stop(app: faust.App) -> None:
    """Stop Faust, or leave without it: it joins its thread with a wait that no deadline of asyncio's cuts."""
    giving_up = threading.Timer(_STOP_SECONDS, os._exit, (0,))
    giving_up.daemon = True
    giving_up.start()
    await app.stop()
    giving_up.cancel()


async def _acknowledge(enricher: Enricher) -> None:
    try:
        await enricher.acknowledge()
    except Exception as error:  # noqa: BLE001 - an outermost loop: without it no offset is ever committed again
        die(error)


class Look(NamedTuple):
    """What the broker told: records that were not worked on yet, and whether some were not even fetched."""

    lag: int
    behind: bool


class Watch:
    """Looks once a second how far behind the worker is, and whether Faust still does anything."""

    def __init__(self, app: faust.App, enricher: Enricher, account: Account) -> None:
        self.seen: Look | None = None
        """None when the broker did not tell."""
        self.standing_seconds = 0.0
        """For how long there has been more to do, and nothing was done."""
        self._app = app
        self._enricher = enricher
        self._account = account
        self._assigned: set[TP] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """End the process when Faust has crashed or stands still: by itself it lives on and does nothing."""
        behind_since = math.inf
        while not stop.is_set():
            if self._app.crashed:
                die(self._app.crash_reason or FailedError("Faust has crashed"))
            self.seen = await self._look()
            if self.seen is not None:
                self._account.lags(self.seen.lag)
            now = time.monotonic()
            stands = self._enricher.idle_seconds() > _WATCH_SECONDS and self.seen is not None and self.seen.behind
            behind_since = min(behind_since, now) if stands else math.inf
            self.standing_seconds = max(0.0, now - behind_since)
            if self.standing_seconds > _PATIENCE_SECONDS:
                die(FailedError(f"no progress for {_PATIENCE_SECONDS:g} s, and {RAW} has more"))
            await asyncio.sleep(_WATCH_SECONDS)

    async def _look(self) -> Look | None:
        partitions = _assignment(self._app)
        if partitions != self._assigned:
            # Others may have worked on what is ours now.
            self._assigned = set(partitions)
            self._enricher.acked.clear()
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                # Asked of the broker: the consumer's own idea of it is as old as its last fetch.
                ends = await self._app.consumer.highwaters(*partitions) if partitions else {}
                positions = {partition: await self._app.consumer.position(partition) for partition in ends}
        except (KafkaError, TimeoutError):
            return None
        left = [self._left(partition, end, positions[partition]) for partition, end in ends.items()]
        behind = any(position is not None and position < ends[partition] for partition, position in positions.items())
        return Look(sum(left), behind)

    def _left(self, partition: TP, end: int, position: int | None) -> int:
        """What is between the last one that was acked, or where the consumer began, and the end."""
        acked = self._enricher.acked.get(partition.partition)
        following = position if acked is None else acked + 1
        return 0 if following is None else max(0, end - following)


def _assignment(app: faust.App) -> set[TP]:
    """Our partitions; none while the consumer is being made."""
    try:
        return app.consumer.assignment()
    except ConsumerNotStarted:
        return set()


def _checks(app: faust.App, producer: AIOKafkaProducer, watch: Watch) -> dict[str, Check]:
    async def kafka() -> None:
        try:
            # The consumer's idea of a broker that is away would be half a minute old.
            await producer.client.fetch_all_metadata()
        except KafkaError as error:
            msg = "Kafka does not answer"
            raise FailedError(msg) from error

    async def consumer() -> None:
        if app.crashed:
            msg = "Faust has crashed"
            raise FailedError(msg)
        if not _assignment(app):
            msg = f"no partition of {RAW} is assigned"
            raise FailedError(msg)
        if watch.standing_seconds > _UNREADY_SECONDS:
            msg = f"no progress for {watch.standing_seconds:.0f} s, and {RAW} has more"
            raise FailedError(msg)

    async def lag() -> Observed | None:
        return None if watch.seen is None else Observed(watch.seen.lag, "records")

    return {"kafka": kafka, "consumer": consumer, f"{RAW}:lag": lag}
