"""Faust: consumer and stream of articles.raw, on our own event loop.

Neither Faust's command line (it binds 0.0.0.0:6066 whatever one says) nor its producer (a failed publish is committed
all the same) is used.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final, NoReturn, cast

import faust
from aiokafka import TopicPartition
from faust.exceptions import ConsumerNotStarted

from newswire.errors import FailedError
from newswire.telemetry.logs import log_fatal
from newswire.topics import RAW

if TYPE_CHECKING:
    from faust.types import StreamT

    from services.enrich.agent import Enricher
    from services.enrich.settings import EnrichSettings

GROUP: Final = "newswire-enrich"
_START_SECONDS: Final = 60.0
_EXIT_FATAL: Final = 70  # EX_SOFTWARE


def die(error: BaseException) -> NoReturn:
    """End at once, without an ack: Faust's own way out of a crash leaves a process that does nothing."""
    log_fatal(error)
    os._exit(_EXIT_FATAL)


def make_app(settings: EnrichSettings) -> faust.App:
    """A Faust app that only consumes: no web server, no leader, no tables, offsets committed five times a second."""
    settings.data.mkdir(parents=True, exist_ok=True)
    return faust.App(
        GROUP,
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


class Consumer:
    """A Faust app, as far as it matters what becomes of it."""

    def __init__(self, app: faust.App, enricher: Enricher) -> None:
        self._app = app
        self._enricher = enricher

    async def start(self, bootstrap: str) -> None:
        """Return once it consumes. Raises FailedError when it does not within 60 s."""
        self._app.finalize()
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._app.start()
        except TimeoutError as error:
            msg = f"the consumer of {RAW} at {bootstrap} did not start within {_START_SECONDS:g} s"
            raise FailedError(msg) from error

    async def stop(self) -> None:
        """Stop. It joins its thread with a wait that no deadline of asyncio's cuts."""
        await self._app.stop()

    def crash(self) -> Exception | None:
        """What it has crashed of, if it has: by itself it lives on and does nothing."""
        if not self._app.crashed:
            return None
        reason = self._app.crash_reason
        return reason if isinstance(reason, Exception) else FailedError("Faust has crashed")

    def partitions(self) -> set[TopicPartition]:
        """Our partitions; none while the consumer is being made."""
        try:
            return {TopicPartition(each.topic, each.partition) for each in self._app.consumer.assignment()}
        except ConsumerNotStarted:
            return set()

    def idle_seconds(self) -> float:
        """How long ago an event was acked last, or the start was."""
        return self._enricher.idle_seconds()
