"""HTTP -> articles.raw: takes stories, and answers 202 once Kafka holds them.

The handlers get the bare request: FastAPI's dependencies and body parsing would cost more than all the rest of a push.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import Request  # noqa: TC002 - FastAPI reads the annotations at run time
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.responses import Response  # noqa: TC002 - as above
from starlette.routing import request_response

from newswire import problem
from newswire.errors import NewswireError
from newswire.health import health_routes
from newswire.rawpath import RawPath
from services.ingest import openapi
from services.ingest.calls import Calls, Ports

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.types import ASGIApp, Scope

    from newswire.health import Check
    from services.ingest.account import Call

    Handler = Callable[[Request], Coroutine[Any, Any, Response]]
    Taker = Callable[[Request, Call], Coroutine[Any, Any, Response]]

_PUSH: Final = "POST /v1/stories"
_BATCH: Final = "POST /v1/stories/batch"
_KILL: Final = "DELETE /v1/stories/{uri}"
_SIGNED: Final = "POST /v1/push/{provider}"
_HEALTH: Final = ("/livez", "/readyz")


class _PlainRoute(APIRoute):
    """Documented as any of FastAPI's, called as one of Starlette's."""

    def __init__(self, route: str, endpoint: Handler, operation: openapi.Operation) -> None:
        method, _, path = route.partition(" ")
        super().__init__(path, endpoint, methods=[method], **operation.arguments())
        self.app = request_response(endpoint)


def build(ports: Ports) -> ASGIApp:
    """The service's HTTP side."""
    calls = Calls(ports)
    routes: tuple[tuple[str, Taker, openapi.Operation], ...] = (
        (_PUSH, calls.push, openapi.PUSH),
        (_BATCH, calls.batch, openapi.BATCH),
        (_KILL, calls.end, openapi.KILL),
        (_SIGNED, calls.signed, openapi.SIGNED),
    )
    app = FastAPIOffline(
        title="newswire ingest",
        version="1",
        redirect_slashes=False,
        redoc_url=None,
        # Here, and not added later: routes are tried in order, and the documentation's would come first.
        routes=[
            *(_PlainRoute(route, _told(ports, route, take), operation) for route, take, operation in routes),
            *health_routes(checks(ports)),
        ],
    )
    problem.install(app)
    openapi.install(app)
    return RawPath(app)


def checks(ports: Ports) -> dict[str, Check]:
    """What ingest's readiness is the sum of."""
    return {
        "kafka": ports.publisher.check,
        "providers": ports.providers.check,
        "clock:kafka": ports.publisher.check_clock,
        "memory": ports.memory.check,
    }


def route_of(scope: Scope) -> str:
    """What a request is counted under."""
    method, path = scope["method"], scope["path"]
    if method == "POST":
        if path.startswith("/v1/push/"):
            return _SIGNED
        return {"/v1/stories": _PUSH, "/v1/stories/batch": _BATCH}.get(path, "other")
    if method == "DELETE" and path.startswith("/v1/stories/"):
        return _KILL
    return f"GET {path}" if method == "GET" and path in _HEALTH else "other"


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
        except Exception as error:  # the outermost loop of a call
            ports.account.failed(call, error)
            raise
        else:
            return response
        finally:
            call.end(status)

    return told
