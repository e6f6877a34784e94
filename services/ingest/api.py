"""HTTP -> articles.raw: takes a story, and answers 202 once Kafka holds it.

The handlers get the bare request: FastAPI's dependencies and body parsing would cost more than all the rest of a push.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson
import uuid_utils
from fastapi import Request  # noqa: TC002 - FastAPI reads the annotations at run time
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from opentelemetry.trace import NoOpTracer, StatusCode
from starlette.responses import Response
from starlette.routing import request_response

from newswire import events, problem, topics
from newswire.errors import NewswireError, TooLargeError
from newswire.health import health_routes
from newswire.rawpath import RawPath, story_uri
from newswire.telemetry.metrics import INGEST, Meter
from services.ingest import body, openapi
from services.ingest.account import Account, Call, note_stored
from services.ingest.admission import Stamp, admit, kill
from services.ingest.formats import parser_for
from services.ingest.publisher import Publisher, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.types import ASGIApp, Scope

    from newswire.events import ArticleEvent
    from services.ingest.credentials import Keyring, Provider

    Handler = Callable[[Request], Coroutine[Any, Any, Response]]
    Taker = Callable[[Request, Call], Coroutine[Any, Any, Response]]

STORY_BYTES: Final = 1024 * 1024
_PUSH: Final = "POST /v1/stories"
_KILL: Final = "DELETE /v1/stories/{uri}"


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
    account: Account = field(default_factory=lambda: Account(Meter(INGEST), NoOpTracer()))


class _PlainRoute(APIRoute):
    """Documented as any of FastAPI's, called as one of Starlette's."""

    def __init__(self, path: str, endpoint: Handler, *, method: str, operation: openapi.Operation) -> None:
        super().__init__(path, endpoint, methods=[method], **operation.arguments())
        self.app = request_response(endpoint)


def build(ports: Ports) -> ASGIApp:
    """The service's HTTP side."""

    async def push(request: Request, call: Call) -> Response:
        provider = _authenticate(ports, request, call)
        headers = request.headers
        parse = parser_for(headers.get("content-type"))
        _refuse_declared(headers.get("content-length"))
        text = await body.read(request.receive, headers.get("content-encoding"), STORY_BYTES)
        return await _publish(ports, call, admit(parse(text), provider, _stamp()))

    async def end(request: Request, call: Call) -> Response:
        provider = _authenticate(ports, request, call)
        uri = story_uri(request.path_params["uri"])
        return await _publish(ports, call, kill(uri, provider, _stamp()))

    app = FastAPIOffline(
        title="newswire ingest",
        version="1",
        redirect_slashes=False,
        redoc_url=None,
        # Here, and not added later: routes are tried in order, and the documentation's would come first.
        routes=[
            _PlainRoute("/v1/stories", _told(ports, _PUSH, push), method="POST", operation=openapi.PUSH),
            _PlainRoute("/v1/stories/{uri}", _told(ports, _KILL, end), method="DELETE", operation=openapi.KILL),
            *health_routes(
                {
                    "kafka": ports.publisher.check,
                    "providers": ports.providers.check,
                    "clock:kafka": ports.publisher.check_clock,
                }
            ),
        ],
    )
    problem.install(app)
    openapi.install(app)
    return RawPath(app)


def route_of(scope: Scope) -> str:
    """What a request is counted under."""
    method, path = scope["method"], scope["path"]
    if path == "/v1/stories" and method == "POST":
        return _PUSH
    if path.startswith("/v1/stories/") and method == "DELETE":
        return _KILL
    return f"GET {path}" if method == "GET" and path in ("/livez", "/readyz") else "other"


def _told(ports: Ports, route: str, take: Taker) -> Handler:
    """A handler whose requests are traced, and told of when they are refused."""

    async def told(request: Request) -> Response:
        call = ports.account.begin(request, route)
        status = 500
        try:
            response = await take(request, call)
            status = response.status_code
        except NewswireError as error:
            status = problem.describe(error)[0]
            ports.account.refused(call, error)
            raise
        else:
            return response
        finally:
            call.end(status)

    return told


def _authenticate(ports: Ports, request: Request, call: Call) -> Provider:
    provider = ports.providers.keyring.authenticate(request.headers.get("authorization"))
    call.provider = provider.name
    return provider


def _refuse_declared(content_length: str | None) -> None:
    # Only saves the reading: what really comes is counted.
    if content_length and content_length.isdecimal() and len(content_length) > len(str(STORY_BYTES)):
        msg = f"larger than {STORY_BYTES} bytes"
        raise TooLargeError(msg)


def _stamp() -> Stamp:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Stamp(str(uuid_utils.uuid7()), now.removesuffix("+00:00") + "Z")


async def _publish(ports: Ports, call: Call, event: ArticleEvent) -> Response:
    span, traceparent = call.publishing()
    record = record_of(event, traceparent)
    try:
        stored = await ports.publisher.publish(record)
        note_stored(span, event, stored)
    except NewswireError as error:
        span.set_status(StatusCode.ERROR, type(error).__name__)
        raise
    finally:
        span.end()
    ports.account.accepted(event, traceparent, len(record.value))
    article = event.article
    answer = {"id": event.id, "uri": article.uri, "version": article.version, "duplicate": False}
    return Response(
        orjson.dumps(answer),
        202,
        {"Location": f"{ports.feed_url}/v1/receipts/{event.id}", "Cache-Control": "no-store"},
        "application/json",
    )


def record_of(event: ArticleEvent, traceparent: str) -> Record:
    """The record of an event, in the trace that it belongs to."""
    uri = event.article.uri
    cloud_event = topics.CloudEvent(event.id, "accepted", f"/ingest/{event.provider}", uri, event.accepted)
    return Record(topics.key(uri), events.encode(event), topics.cloud_event_headers(cloud_event, traceparent))
