"""Errors over HTTP: RFC 9457 bodies, and the one table from our exceptions to statuses."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from newswire.errors import (
    BadQueryError,
    CredentialsError,
    FailedError,
    ForbiddenError,
    GoneError,
    InProgressError,
    KeyReusedError,
    MalformedError,
    NewswireError,
    NotWholeError,
    PublishError,
    RateError,
    StoreError,
    TooLargeError,
    UnsupportedError,
    ViolationError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

MEDIA_TYPE: Final = "application/problem+json"
_TYPES: Final = "urn:newswire:problem:"  # each has its page in docs/problems/
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "format": "json-pointer"},
                    "parameter": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
"""What OpenAPI says of a problem: a fault is told by a pointer into the body, or by a parameter's name."""

SCOPE_KEY: Final = "newswire.refusal"
"""Where an ASGI scope holds a `Refusal` for whoever counts."""

_RETRY: Final = {"Retry-After": "1"}

# The first class that fits decides: subclasses stand before their parents.
_STATUSES: Final[tuple[tuple[type[NewswireError], int, str], ...]] = (
    (MalformedError, 400, "malformed"),
    (BadQueryError, 400, "bad-query"),
    (UnsupportedError, 415, "unsupported"),
    (TooLargeError, 413, "too-large"),
    (ViolationError, 422, "violation"),
    (CredentialsError, 401, "credentials"),
    (ForbiddenError, 403, "forbidden"),
    (InProgressError, 409, "in-progress"),
    (KeyReusedError, 422, "key-reused"),
    (RateError, 429, "rate"),
    (GoneError, 410, "gone"),
    (NotWholeError, 503, "rebuilding"),
    (PublishError, 503, "unacknowledged"),
    (StoreError, 503, "unavailable"),
    (FailedError, 503, "unavailable"),
)


@dataclass(slots=True)
class Refusal:
    """Why a request is refused: a problem's name, `http-<status>` where that says it all; empty when it is not."""

    reason: str = ""


class ProblemResponse(Response):
    """A problem as a response, which tells its name to the scope."""

    def __init__(self, content: bytes, status: int, headers: Mapping[str, str], reason: str) -> None:
        super().__init__(content, status, headers, MEDIA_TYPE)
        self._reason = reason

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say why, and answer."""
        refusal = scope.get(SCOPE_KEY)
        if isinstance(refusal, Refusal):
            refusal.reason = self._reason
        await super().__call__(scope, receive, send)


def problem_body(status: int, slug: str, detail: str, errors: object = None) -> dict[str, object]:
    """A problem's members. `errors` is a list of {"detail"} with a "pointer" or a "parameter"."""
    body: dict[str, object] = {
        "type": "about:blank" if slug == "http" else _TYPES + slug,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return body


def problem_response(
    status: int, slug: str, detail: str, errors: object = None, headers: Mapping[str, str] | None = None
) -> Response:
    """The response to a request that failed; never stored by a cache."""
    return ProblemResponse(
        orjson.dumps(problem_body(status, slug, detail, errors)),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        f"http-{status}" if slug == "http" else slug,
    )


def describe(error: NewswireError) -> tuple[int, str, list[dict[str, str]]]:
    """Status, slug and `errors[]` of one of our exceptions; what has no place in the table is a 500."""
    fits = ((status, slug) for kind, status, slug in _STATUSES if isinstance(error, kind))
    status, slug = next(fits, (500, "internal"))
    return status, slug, _entries(error)


def _entries(error: NewswireError) -> list[dict[str, str]]:
    if isinstance(error, BadQueryError):
        return [{"parameter": error.parameter, "detail": error.detail}]
    if isinstance(error, ViolationError):
        return [{"pointer": v.pointer, "detail": v.detail} for v in error.violations]
    return []


def answer(error: NewswireError) -> Response:
    """One of our exceptions as a response, for ASGI apps that are not FastAPI's."""
    status, slug, errors = describe(error)
    headers: dict[str, str] = {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.update(_RETRY)
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="newswire"'
    if isinstance(error, RateError):
        headers.update(error.headers)
    if isinstance(error, InProgressError):
        headers.update(_RETRY)
    return problem_response(status, slug, str(error), errors, headers)


def install(app: FastAPI) -> None:
    """Let every error of `app` leave as a problem."""

    async def ours(_: Request, error: Exception) -> Response:
        assert isinstance(error, NewswireError)  # noqa: S101 - Starlette's handler type is wider than what it calls us with
        return answer(error)

    async def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - as above
        return problem_response(error.status_code, "http", str(error.detail), headers=error.headers)

    async def bug(_: Request, __: Exception) -> Response:
        return problem_response(500, "internal", "an error of ours; it is in the log")

    app.add_exception_handler(NewswireError, ours)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, bug)
