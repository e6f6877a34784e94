"""GET /v1/stream: the change log as server-sent events. Redis (what was missed) -> ring (what is new) -> reader.

A resume is read from Redis up to its head, where the ring takes over: the change number is the seam, so nothing is
missing and nothing twice. Raw ASGI: a response class would cost a queue and a task group for each reader.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import structlog

from newswire.errors import FailedError, GoneError, NewswireError
from newswire.measured import SEND_KEY
from newswire.problem import answer, problem_response
from newswire.telemetry.metrics import RESETS, STALLED, STREAM_BYTES, STREAMS
from services.feed.query import stream_query
from services.feed.ring import encode, encode_reset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Message, Receive, Scope, Send

    from newswire.telemetry.metrics import Meter
    from services.feed.query import StreamQuery
    from services.feed.store.reader import Reader
    from services.feed.tail import Tail

PAGE: Final = 64
SEND_SECONDS: Final = 10.0
_ABORT_SECONDS: Final = 1.0
# How many streams of a process read what they missed from Redis at the same time.
_RESUMES_AT_ONCE: Final = 8
# A restart must not bring all readers back at the same moment (ms).
_RETRY_MS: Final = (1_000, 5_000)
_COMMENT: Final = b":\n\n"
_HEADERS: Final = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"access-control-allow-origin", b"*"),
)

log = structlog.get_logger()


class Seats:
    """How many readers may wait for news in this process, on streams and long polls together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Hold one. Raises FailedError when all are taken: an open stream is never cut for a new one."""
        if self.taken >= self._most:
            msg = "as many readers as this process takes are waiting already"
            raise FailedError(msg)
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


class Source:
    """What a stream is made from, and what is counted of all streams."""

    def __init__(self, reader: Reader, tail: Tail, public_url: str, meter: Meter) -> None:
        self.tail = tail
        self.open = meter.gauge(STREAMS)
        self.bytes = meter.counter(STREAM_BYTES)
        self.cut = meter.counter(STALLED)
        self._resets = meter.counter(RESETS)
        self._reader = reader
        self._public_url = public_url
        self._gate = asyncio.Semaphore(_RESUMES_AT_ONCE)

    async def missed(self, after: int | None, *, bodies: bool) -> tuple[bytes, int, bool]:
        """Encoded events after a number (None: now), the position after them, and whether there may be more.

        Raises StoreError, and NotWholeError while the view is rebuilt.
        """
        if after is None:
            return b"", await self.tail.head(), False
        async with self._gate:
            try:
                found = await self.tail.current(self._reader.changes(after, PAGE, bodies=bodies))
            except GoneError:
                head = await self.tail.head()
                self._resets.inc()
                return encode_reset(head), head, False
        events = (encode(change, self._public_url) for change in found.changes)
        chunk = b"".join(event.full if bodies else event.plain for event in events)
        return chunk, found.next, found.next < found.change


class Streams:
    """The ASGI app of /v1/stream."""

    def __init__(self, source: Source, seats: Seats) -> None:
        self._source = source
        self._seats = seats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a GET lasts until one of the two sides ends it."""
        if scope["method"] not in {"GET", "HEAD"}:
            refusal = problem_response(405, "http", "Method Not Allowed", headers={"Allow": "GET, HEAD, OPTIONS"})
            await refusal(scope, receive, send)
            return
        try:
            query = stream_query(_pairs(scope), _header(scope, b"last-event-id"))
            with self._seats.seat():
                stream = Stream(self._source, query, scope.get(SEND_KEY, send))
                await stream.begin(send)
                if scope["method"] == "HEAD":
                    await send({"type": "http.response.body", "body": b""})
                else:
                    with self._source.open.track_inprogress():
                        await stream.run(receive)
        except NewswireError as error:
            refusal = answer(error)
            refusal.headers["Access-Control-Allow-Origin"] = "*"
            await refusal(scope, receive, send)


class Stream:
    """One reader's stream: its position in the log, and its way out."""

    def __init__(self, source: Source, query: StreamQuery, send: Send) -> None:
        self._source = source
        self._tail = source.tail
        self._bodies = query.bodies
        self._after = query.after
        self._send = send
        self._position = -1
        self._missing = True
        self._era = self._tail.era
        self._beats = self._tail.beats
        self._left = False
        self._waiter: asyncio.Future[None] | None = None
        self._first = b""
        self._handed = 0

    async def begin(self, send: Send) -> None:
        """Find the position and `send` the response's head. Raises what is wrong, before anything is sent."""
        self._first, self._position, self._missing = await self._source.missed(self._after, bodies=self._bodies)
        await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})

    async def run(self, receive: Receive) -> None:
        """Send what there is and what comes, until the reader leaves or does not take it, or the process stops."""
        watching = asyncio.create_task(self._watch(receive))
        try:
            await self._follow()
            await self._write(b"", more=False)
        except TimeoutError:
            self._source.cut.inc()
            await _cut(self._send, watching)
        finally:
            watching.cancel()
            self._count_bytes()

    async def _follow(self) -> None:
        retry = b"retry: %d\n\n" % random.randint(*_RETRY_MS)  # noqa: S311 - spreads load, hides nothing
        await self._write(retry + self._first)
        self._first = b""
        try:
            while not (self._left or self._tail.closed):
                await self._turn()
        except FailedError as error:
            # The reader comes back by itself, and says then what it has.
            log.info("stream_ended_early", error=str(error))

    async def _turn(self) -> None:
        chunk = await self._more()
        if self._beats != self._tail.beats:
            self._beats = self._tail.beats
            self._count_bytes()
            chunk = _COMMENT + chunk
        if chunk:
            await self._write(chunk)
        elif not self._missing and self._at_the_end():
            await self._wait()

    async def _more(self) -> bytes:
        """The next part of what is after the position; empty when there is nothing at the moment."""
        if self._era != self._tail.era:
            self._era = self._tail.era
            self._missing = True
        if not self._missing:
            found = self._tail.ring.after(self._position, bodies=self._bodies)
            if found is not None:
                chunk, self._position = found
                return chunk
        chunk, self._position, self._missing = await self._source.missed(self._position, bodies=self._bodies)
        return chunk

    def _at_the_end(self) -> bool:
        """Whether nothing came in while Redis was asked: looked up without giving up control before the wait."""
        found = self._tail.ring.after(self._position, bodies=self._bodies)
        return self._era == self._tail.era and found is not None and not found[0]

    async def _wait(self) -> None:
        if self._left or self._tail.closed or self._beats != self._tail.beats:
            return
        self._waiter = self._tail.moved.waiter()
        try:
            await self._waiter
        finally:
            self._tail.moved.drop(self._waiter)

    async def _watch(self, receive: Receive) -> None:
        """Notice that the reader has gone: sending to it would not tell."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._left = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _write(self, chunk: bytes, *, more: bool = True) -> None:
        """Hand bytes to the server. Raises TimeoutError when the reader has not taken the former ones in time."""
        if not (chunk or not more) or self._left:
            return
        message: Message = {"type": "http.response.body", "body": chunk, "more_body": more}
        async with asyncio.timeout(SEND_SECONDS):
            await self._send(message)
        self._handed += len(chunk)

    def _count_bytes(self) -> None:
        """With each beat and at the end: with each delivery, it would take 2 % of that."""
        self._source.bytes.inc(self._handed)
        self._handed = 0


async def _cut(send: Send, watching: asyncio.Task[None]) -> None:
    """Drop the connection with what is unsent: a mere close would wait for the stalled reader for ever.

    ASGI has no word for it; uvicorn's `send` is a method of the object that holds the transport.
    """
    transport: Any = getattr(getattr(send, "__self__", None), "transport", None)
    log.info("stream_cut")
    if transport is not None:
        transport.abort()
        await asyncio.wait([watching], timeout=_ABORT_SECONDS)


def _pairs(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
