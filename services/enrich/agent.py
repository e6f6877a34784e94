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
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
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

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Executor

    from faust.types import EventT, StreamT
    from faust.types.tuples import Message

    from newswire.article import Article
    from newswire.events import Enrichment

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

log = structlog.get_logger()


class Outgoing(NamedTuple):
    """A record to be published."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def transform(message: Message, value: bytes | None, enrich: Enrich) -> Outgoing:
    """The record that follows from one of articles.raw: enriched, or a dead letter. Pure."""
    headers = _headers(message)
    try:
        return _enriched(_parse(value), message, trace_of(headers), enrich)
    except (BadRecordError, *UNWORKABLE) as error:
        place = (message.topic, message.partition, message.offset)
        return Outgoing(DEAD_LETTERS, message.key, value, dead_letter_headers(headers, place, error))


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
    out = Outgoing(ENRICHED, key(event.article.uri), encode(enriched), cloud_event_headers(about, trace))
    size = record_bytes(out.key, out.value, out.headers)
    if size > MAX_BYTES[ENRICHED]:
        msg = f"{size} bytes once enriched, over {MAX_BYTES[ENRICHED]}"
        raise BadRecordError(msg)
    return out


def _headers(message: Message) -> Headers:
    """Faust hands headers on as a mapping or as pairs, by its version and the record."""
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
    """One consumer's way from raw to enriched. `executor` has one thread: order stays, and heartbeats do not starve."""

    def __init__(self, enrich: Enrich, send: Send, executor: Executor) -> None:
        self._enrich = enrich
        self._send = send
        self._executor = executor
        self._slots = asyncio.Semaphore(WINDOW)
        self._flying: asyncio.Queue[tuple[Stream, Event, asyncio.Future[object]]] = asyncio.Queue(WINDOW)
        self._progress = time.monotonic()

    def idle_seconds(self) -> float:
        """How long ago an event was acked last, or the start was."""
        return time.monotonic() - self._progress

    async def take(self, stream: Stream, event: Event) -> None:
        """Work on an event and start its publish. Waits while the window is full."""
        loop = asyncio.get_running_loop()
        out = await loop.run_in_executor(self._executor, transform, event.message, event.value, self._enrich)
        if out.topic == DEAD_LETTERS:
            message = event.message
            log.warning("dead_letter", topic=message.topic, partition=message.partition, offset=message.offset)
        await self._slots.acquire()
        async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
            acknowledged = await self._send(out)
        self._flying.put_nowait((stream, event, acknowledged))

    async def acknowledge(self) -> None:
        """Ack events in order as the broker has their records; never returns. Raises what went wrong."""
        while True:
            stream, event, acknowledged = await self._flying.get()
            try:
                async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                    await acknowledged
            except TimeoutError as error:
                msg = f"no acknowledgement within {ACKNOWLEDGE_SECONDS:g} s"
                raise FailedError(msg) from error
            await stream.ack(event)
            self._slots.release()
            self._progress = time.monotonic()
