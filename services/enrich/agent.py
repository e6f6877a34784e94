"""Kafka articles.raw -> Kafka articles.enriched | articles.dlq.

Promise: at least once, in order within a story. An event is published as it comes, without waiting for the one before;
a bounded window of publishes is in flight; one task awaits the broker's acknowledgements in order and only then acks
the event to Faust, so no offset is ever committed past an unpublished event.

Nothing may escape: Faust acks an event whose agent raised, and an agent that returned leaves a living zombie
(robinhood/faust 604; faust-streaming 315). So a bad record goes to the dead letters, and whatever else goes wrong ends
the process; its supervisor starts a new one at the last committed offset.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from pydantic import ValidationError

from newswire.errors import BadRecordError, FailedError
from newswire.events import ArticleEvent, EnrichedEvent, RawRef, encode
from newswire.topics import (
    DEAD_LETTERS,
    ENRICHED,
    MAX_BYTES,
    CloudEvent,
    Headers,
    cloud_event_headers,
    dead_letter_headers,
    key,
    record_bytes,
    trace_of,
)
from services.enrich.enrichment.pipeline import Timings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Executor

    from faust.types import EventT, StreamT
    from faust.types.tuples import Message

    from newswire.article import Article
    from newswire.events import Enrichment
    from services.enrich.account import Account, Work

    Enrich = Callable[[Article], Enrichment]
    Send = Callable[["Outgoing"], Awaitable["asyncio.Future[object]"]]
    Stream = StreamT[bytes]
    Event = EventT[bytes]

WINDOW: Final = 500
# The broker may be away for as long: after that a new process tries.
ACKNOWLEDGE_SECONDS: Final = 60.0

# What the content of one record can make go wrong, beside what was foreseen. The next run would meet it again, and the
# partition would stand still.
UNWORKABLE: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Timed(Protocol):
    """The pipeline, as far as it is used here."""

    def __call__(self, article: Article, timings: Timings | None = None) -> Enrichment:
        """What there is to say of a story, and how long each stage took."""


class Outgoing(NamedTuple):
    """A record to be published, and what there is to tell of it: an `error` (its type) makes a dead letter."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    id: str | None = None
    uri: str | None = None
    version: str | None = None
    failures: tuple[str, ...] = ()
    error: str | None = None


def transform(message: Message, value: bytes | None, enrich: Enrich, trace: str | None = None) -> Outgoing:
    """The record that follows from one of articles.raw: enriched, or a dead letter. Pure.

    It goes on in the trace that is given, else in the one that the record came with.
    """
    headers = headers_of(message)
    try:
        return _enriched(_parse(value), message, trace or trace_of(headers), enrich)
    except (BadRecordError, *UNWORKABLE) as error:
        place = (message.topic, message.partition, message.offset)
        told = dead_letter_headers(headers, place, error)
        return Outgoing(DEAD_LETTERS, message.key, value, told, error=type(error).__name__)


def _enriched(event: ArticleEvent, message: Message, trace: str | None, enrich: Enrich) -> Outgoing:
    enriched = EnrichedEvent(
        id=event.id,
        provider=event.provider,
        accepted=event.accepted,
        article=event.article,
        raw=RawRef(partition=message.partition, offset=message.offset),
        enrichment=enrich(event.article),
    )
    about = CloudEvent(event.id, "enriched", "/enrich", event.article.uri, event.accepted)
    article = event.article
    out = Outgoing(
        ENRICHED,
        key(article.uri),
        encode(enriched),
        cloud_event_headers(about, trace),
        id=event.id,
        uri=article.uri,
        version=article.version,
        failures=enriched.enrichment.errors,
    )
    size = record_bytes(out.key, out.value, out.headers)
    if size > MAX_BYTES[ENRICHED]:
        msg = f"{size} bytes once enriched, over {MAX_BYTES[ENRICHED]}"
        raise BadRecordError(msg)
    return out


def headers_of(message: Message) -> Headers:
    """A record's headers: Faust hands them on as a mapping or as pairs, by its version and the record."""
    headers = message.headers or []
    return list(headers.items()) if isinstance(headers, Mapping) else list(headers)


def _parse(value: bytes | None) -> ArticleEvent:
    if value is None:
        msg = "a record without a value"
        raise BadRecordError(msg)
    try:
        return ArticleEvent.model_validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        msg = f"not an accepted event: {error.error_count()} faults, the first {first['msg']}"
        raise BadRecordError(msg) from error


class Enricher:
    """One consumer's way from raw to enriched.

    `executor` has one thread: order stays, and neither heartbeats nor the watch over a pipeline that hangs starve.
    """

    def __init__(self, enrich: Timed, send: Send, executor: Executor, account: Account) -> None:
        self._enrich = enrich
        self._send = send
        self._executor = executor
        self._account = account
        self._slots = asyncio.Semaphore(WINDOW)
        self._flying: asyncio.Queue[_Flight] = asyncio.Queue(WINDOW)
        self._progress = time.monotonic()
        self._held = 0
        # Looked up when it is asked for. Not the queue's size: the one that is waited for has left it.
        account.watch_held(lambda: self._held)

    def idle_seconds(self) -> float:
        """How long ago an event was acked last, or the start was."""
        return time.monotonic() - self._progress

    async def take(self, stream: Stream, event: Event) -> None:
        """Work on an event and start its publish. Waits while the window is full."""
        message, loop = event.message, asyncio.get_running_loop()
        work = self._account.begin(message, headers_of(message))
        timings = Timings(time.thread_time)
        enrich = partial(self._enrich, timings=timings)
        out = await loop.run_in_executor(self._executor, transform, message, event.value, enrich, work.traceparent)
        self._account.worked(out, timings.cpu_ms)
        await self._slots.acquire()
        out = work.send(out)
        async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
            acknowledged = await self._send(out)
        self._held += 1
        self._flying.put_nowait(_Flight(stream, event, acknowledged, work, out))

    async def acknowledge(self) -> None:
        """Ack events in order as the broker has their records; never returns. Raises what went wrong."""
        while True:
            flight = await self._flying.get()
            try:
                async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                    await flight.acknowledged
            except TimeoutError as error:
                msg = f"no acknowledgement within {ACKNOWLEDGE_SECONDS:g} s"
                raise FailedError(msg) from error
            await flight.stream.ack(flight.event)
            self._slots.release()
            self._held -= 1
            self._progress = time.monotonic()
            self._account.done(flight.work, flight.out)


class _Flight(NamedTuple):
    """An event whose record is on its way."""

    stream: Stream
    event: Event
    acknowledged: asyncio.Future[object]
    work: Work
    out: Outgoing
