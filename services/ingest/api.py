"""HTTP -> articles.raw: takes a story, and answers 202 once Kafka holds it.

The handlers get the bare request: FastAPI's dependencies and body parsing would cost more than all the rest of a push.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson
import uuid_utils
from fastapi import Request  # noqa: TC002 - FastAPI reads the annotations at run time
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.responses import Response
from starlette.routing import request_response

from newswire import events, problem, topics
from newswire.errors import TooLargeError
from newswire.health import health_routes
from newswire.rawpath import RawPath, story_uri
from services.ingest import body, openapi
from services.ingest.admission import Stamp, admit, kill
from services.ingest.formats import parser_for
from services.ingest.publisher import Publisher, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.types import ASGIApp

    from newswire.events import ArticleEvent
    from services.ingest.credentials import Keyring, Provider

    Handler = Callable[[Request], Coroutine[Any, Any, Response]]

STORY_BYTES: Final = 1024 * 1024


class Providers(Protocol):
    """Who may push, as of now."""

    keyring: Keyring

    async def check(self) -> str | None:
        """A warning; raises FailedError when nobody can be told."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What the routes work with. `feed_url` is where receipts are read, without a slash at its end."""

    publisher: Publisher
    providers: Providers
    feed_url: str


class _PlainRoute(APIRoute):
    """Documented as any of FastAPI's, called as one of Starlette's."""

    def __init__(self, path: str, endpoint: Handler, *, method: str, operation: openapi.Operation) -> None:
        super().__init__(path, endpoint, methods=[method], **operation.arguments())
        self.app = request_response(endpoint)


def build(ports: Ports) -> ASGIApp:
    """The service's HTTP side."""

    async def push(request: Request) -> Response:
        provider = _authenticate(ports, request)
        headers = request.headers
        parse = parser_for(headers.get("content-type"))
        _refuse_declared(headers.get("content-length"))
        text = await body.read(request.receive, headers.get("content-encoding"), STORY_BYTES)
        return await _publish(ports, request, admit(parse(text), provider, _stamp()))

    async def end(request: Request) -> Response:
        provider = _authenticate(ports, request)
        uri = story_uri(request.path_params["uri"])
        return await _publish(ports, request, kill(uri, provider, _stamp()))

    app = FastAPIOffline(
        title="newswire ingest",
        version="1",
        redirect_slashes=False,
        redoc_url=None,
        # Here, and not added later: routes are tried in order, and the documentation's would come first.
        routes=[
            _PlainRoute("/v1/stories", push, method="POST", operation=openapi.PUSH),
            _PlainRoute("/v1/stories/{uri}", end, method="DELETE", operation=openapi.KILL),
            *health_routes({"kafka": ports.publisher.check, "providers": ports.providers.check}),
        ],
    )
    problem.install(app)
    openapi.install(app)
    return RawPath(app)


def _authenticate(ports: Ports, request: Request) -> Provider:
    return ports.providers.keyring.authenticate(request.headers.get("authorization"))


def _refuse_declared(content_length: str | None) -> None:
    # Only saves the reading: what really comes is counted.
    if content_length and content_length.isdecimal() and len(content_length) > len(str(STORY_BYTES)):
        msg = f"larger than {STORY_BYTES} bytes"
        raise TooLargeError(msg)


def _stamp() -> Stamp:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Stamp(str(uuid_utils.uuid7()), now.removesuffix("+00:00") + "Z")


async def _publish(ports: Ports, request: Request, event: ArticleEvent) -> Response:
    await ports.publisher.publish(record_of(event, request.headers.get("traceparent")))
    article = event.article
    answer = {"id": event.id, "uri": article.uri, "version": article.version, "duplicate": False}
    return Response(
        orjson.dumps(answer),
        202,
        {"Location": f"{ports.feed_url}/v1/receipts/{event.id}", "Cache-Control": "no-store"},
        "application/json",
    )


def record_of(event: ArticleEvent, traceparent: str | None) -> Record:
    """The record of an event, in the trace that the request came with or in a new one."""
    uri = event.article.uri
    cloud_event = topics.CloudEvent(event.id, "accepted", f"/ingest/{event.provider}", uri, event.accepted)
    return Record(topics.key(uri), events.encode(event), topics.cloud_event_headers(cloud_event, _trace(traceparent)))


def _trace(traceparent: str | None) -> str:
    given = topics.trace_of([("traceparent", traceparent.encode("latin-1"))]) if traceparent else None
    return given or f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
