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
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from pydantic import ValidationError

from newswire.errors import BadRecordError, FailedError
from newswire.events import ArticleEvent, EnrichedEvent, RawRef, encode
from newswire.topics import (
    DEAD_LETTERS,
    ENRICHED,
    MAX_RECORD_BYTES,
    CloudEvent,
    Headers,
    cloud_event_headers,
    dead_letter_headers,
    key,
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
        event = _parse(value)
        encoded = _encode(event, message, enrich)
    except BadRecordError as error:
        place = (message.topic, message.partition, message.offset)
        return Outgoing(DEAD_LETTERS, message.key, value, dead_letter_headers(headers, place, error))
    about = CloudEvent(event.id, "enriched", "/enrich", event.article.uri, event.accepted)
    return Outgoing(ENRICHED, key(event.article.uri), encoded, cloud_event_headers(about, trace_of(headers)))


def _encode(event: ArticleEvent, message: Message, enrich: Enrich) -> bytes:
    encoded = encode(
        EnrichedEvent(
            id=event.id,
            provider=event.provider,
            accepted=event.accepted,
            article=event.article,
            raw=RawRef(partition=message.partition, offset=message.offset),
            enrichment=enrich(event.article),
        )
    )
    if len(encoded) > MAX_RECORD_BYTES:
        msg = f"{len(encoded)} bytes once enriched, over {MAX_RECORD_BYTES}"
        raise BadRecordError(msg)
    return encoded


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
        self.enriched = 0
        self.dead_letters = 0

    async def take(self, stream: Stream, event: Event) -> None:
        """Work on an event and start its publish. Waits while the window is full."""
        loop = asyncio.get_running_loop()
        out = await loop.run_in_executor(self._executor, transform, event.message, event.value, self._enrich)
        self._count(out, event)
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

    def _count(self, out: Outgoing, event: Event) -> None:
        if out.topic == ENRICHED:
            self.enriched += 1
            return
        self.dead_letters += 1
        message = event.message
        log.warning("dead_letter", topic=message.topic, partition=message.partition, offset=message.offset)
