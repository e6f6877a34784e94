"""The feed over HTTP: Redis (one script a request) -> bytes put together -> reader."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotations at run time
from starlette.responses import Response

from newswire import problem
from newswire.errors import GoneError
from newswire.health import health_routes
from newswire.measured import Measured
from newswire.rawpath import story_uri
from newswire.telemetry.metrics import POLLS
from services.feed import described
from services.feed.answer import JSON, digest, respond, unchanged
from services.feed.front import STREAM_PATH, UNTIMED, Front, route_of
from services.feed.html import page_routes
from services.feed.item import change_line, item, items
from services.feed.query import ChangesQuery, changes_query, feed_query, no_query
from services.feed.receipt import receipt, unseen
from services.feed.stream import Seats, Source, Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import FastAPI

    from newswire.health import Check
    from newswire.telemetry.metrics import Meter
    from services.feed.page import Site
    from services.feed.store.reader import Reader, Slice
    from services.feed.tail import Tail

_NO_STORE: Final = {"Cache-Control": "no-store"}


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Feed:
    """What the endpoints work with. `streams_most` bounds the readers that wait for news."""

    reader: Reader
    tail: Tail
    site: Site
    streams_most: int
    meter: Meter
    clock_ms: Callable[[], int] = now_ms


class Endpoints:
    """One method a call under /v1."""

    def __init__(self, feed: Feed, seats: Seats) -> None:
        self._reader = feed.reader
        self._tail = feed.tail
        self._public_url = feed.site.public_url
        self._clock_ms = feed.clock_ms
        self._seats = seats
        self._polls = feed.meter.gauge(POLLS)

    async def feed(self, request: Request) -> Response:
        """Return the stories, newest first."""
        query = feed_query(request.query_params.multi_items())
        variant = digest(self._public_url.encode(), repr(query).encode())
        if "if-none-match" in request.headers:
            # One short question to Redis spares the page to whoever has it.
            head = await self._tail.head()
            kept = unchanged(f"{head}-{variant}", request.headers, {"Link": _mercure(head)})
            if kept is not None:
                return kept
        page = await self._tail.current(self._reader.page(query.before, query.limit, bodies=query.bodies))
        turned = None if page.cursor is None else f"{self._public_url}/v1/feed?{query.turned(page.cursor)}"
        body = b'{"items":%b,"next":%b,"change":%d}' % (
            items(page.cards, self._public_url, bodies=query.bodies),
            orjson.dumps(turned),
            page.change,
        )
        link = _mercure(page.change) if turned is None else f'<{turned}>; rel="next", {_mercure(page.change)}'
        return respond(body, JSON, f"{page.change}-{variant}", request.headers, {"Link": link})

    async def story(self, request: Request) -> Response:
        """Return the current version of one story, with its bodies."""
        no_query(request.query_params.multi_items())
        uri = story_uri(request.path_params["uri"])
        found = await self._tail.current(self._reader.story(uri))
        if found.card is None:
            if found.story is not None and found.story.gone:
                msg = "this story is not available any more"
                raise GoneError(msg)
            raise HTTPException(404, "no such story")
        body = item(found.card, self._public_url, bodies=True)
        return respond(body, JSON, digest(body), request.headers, {"Link": _mercure(found.change)})

    async def changes(self, request: Request) -> Response:
        """Return a part of the change log, waiting for one if asked to."""
        query = changes_query(request.query_params.multi_items())
        found = await self._changes(query, query.after)
        if not found.changes and query.wait_seconds:
            with self._seats.seat(), self._polls.track_inprogress():
                await _unless_left(request, self._tail.wait_beyond(found.next, query.wait_seconds))
            found = await self._changes(query, found.next)
        lines = (change_line(change, self._public_url, bodies=query.bodies) for change in found.changes)
        body = b'{"changes":[%b],"next":%d}' % (b",".join(lines), found.next)
        return respond(body, JSON, digest(body), request.headers)

    async def receipt(self, request: Request) -> Response:
        """Return what became of a pushed event."""
        no_query(request.query_params.multi_items())
        event_id = request.path_params["id"].lower()
        pushed = (await self._tail.current(self._reader.receipt(event_id))).pushed
        answer = unseen(event_id, self._clock_ms()) if pushed is None else receipt(pushed)
        if answer is None:
            raise HTTPException(404, "no such event")
        return Response(orjson.dumps(answer), 200, _NO_STORE, JSON)

    async def _changes(self, query: ChangesQuery, after: int | None) -> Slice:
        return await self._tail.current(self._reader.changes(after, query.limit, bodies=query.bodies))


def create_app(feed: Feed) -> Measured:
    """The feed as one ASGI app."""
    seats = Seats(feed.streams_most)
    endpoints = Endpoints(feed, seats)
    app = FastAPIOffline(
        title=feed.site.title, description="The feed of newswire.", redirect_slashes=False, redoc_url=None
    )
    calls = (
        ("/v1/feed", endpoints.feed, described.FEED),
        ("/v1/stories/{uri}", endpoints.story, described.STORY),
        ("/v1/changes", endpoints.changes, described.CHANGES),
        ("/v1/receipts/{id}", endpoints.receipt, described.RECEIPT),
    )
    for path, endpoint, told in calls:
        app.add_api_route(path, endpoint, operation_id=endpoint.__name__, response_class=Response, openapi_extra=told)
    app.router.routes.extend([*health_routes(checks(feed)), *page_routes(feed.reader, feed.tail, feed.site)])
    problem.install(app)
    _describe_the_rest(app)
    front = Front(app, Streams(Source(feed.reader, feed.tail, feed.site.public_url, feed.meter), seats))
    return Measured(front, feed.meter, route_of, UNTIMED)


def checks(feed: Feed) -> dict[str, Check]:
    """What the feed's readiness is the sum of."""
    return {"view": _view_check(feed.reader), "changes": feed.tail.check}


async def _unless_left(request: Request, waiting: Coroutine[None, None, None]) -> None:
    """Wait, but not for a reader who has gone: a poll would keep its seat for as long as it was to last."""
    tasks = [asyncio.create_task(waiting), asyncio.create_task(_left(request))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _view_check(reader: Reader) -> Callable[[], Any]:
    async def view() -> None:
        await reader.head()

    return view


def _describe_the_rest(app: FastAPI) -> None:
    """Add the stream, the schemas and what all services say to the document that FastAPI makes of its routes."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = made()
            document["paths"][STREAM_PATH] = {"get": described.STREAM}
            app.openapi_schema = described.complete(document)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _mercure(change: int) -> str:
    return f'<{STREAM_PATH}>; rel="mercure"; last-event-id="{change}"'
