"""What /openapi.json says of the routes, whose handlers take the bare request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi

from newswire import openapi
from newswire.article import Article
from services.ingest.formats.ninjs import OUTPUT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

_STATUS_TEXTS: Final[Mapping[int, str]] = {
    400: "Cannot be parsed: not JSON or not UTF-8, a key twice, a lone surrogate, broken gzip",
    401: "No credentials, or wrong ones; the same whatever was wrong",
    403: "The uri is outside the provider's prefixes",
    413: "Over 1 MiB, unpacked, or nested deeper than 64",
    415: "A Content-Type or Content-Encoding that is not taken",
    422: "Against the schema: `errors` names each fault by a JSON Pointer",
    503: "Kafka did not acknowledge in time: the event may be stored, and a retry with the same version is safe. Or"
    " as many pushes as this process takes are under way",
}
_ACCEPTED: Final = {
    "type": "object",
    "required": ["id", "uri", "version", "duplicate"],
    "properties": {
        "id": {
            "type": "string",
            "format": "uuid",
            "description": "the event's id (UUIDv7): its receipt is kept under it",
        },
        "uri": {"type": "string", "description": "the story's uri, as it is kept"},
        "version": {"type": ["string", "null"]},
        "duplicate": {"type": "boolean", "description": "an exact repeat of a push"},
    },
}
_EXAMPLE: Final = {
    "uri": "https://courier.example/ferry",
    "version": "1",
    "urgency": 4,
    "headlines": [{"value": "Ferry returns to Port Callis"}],
    "bodies": [
        {
            "contentType": "text/html",
            "value": "<p>EASTMERE — The old ferry line to Port Callis will reopen in April, the harbour council decided"
            " on Tuesday.</p><p>Two shipyards have offered to refit the boats, which have lain idle for nine years."
            " Tickets will cost as much as a bus ride.</p>",
        }
    ],
}
_BEARER: Final = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "<key id>.<secret>"}}


@dataclass(frozen=True, slots=True)
class Operation:
    """A route's documentation: which of the statuses it answers with, beside 202, and what OpenAPI lacks of it."""

    id: str
    summary: str
    statuses: tuple[int, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """What a route of FastAPI takes."""
        return {
            "operation_id": self.id,
            "summary": self.summary,
            "status_code": 202,
            "response_model": None,
            "responses": {202: _accepted(), **{status: _refused(status) for status in self.statuses}},
            "openapi_extra": {"security": [{"bearer": []}], **self.extra},
        }


def _accepted() -> dict[str, Any]:
    return {
        "description": "All in-sync replicas of Kafka hold the event",
        "headers": {
            "Location": {
                "required": True,
                "description": "the event's receipt, on the feed",
                "schema": {"type": "string", "format": "uri"},
            }
        },
        "content": {"application/json": {"schema": {"$ref": f"{openapi.REF}Accepted"}}},
    }


def _refused(status: int) -> dict[str, Any]:
    headers = {
        401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
        503: {"Retry-After": openapi.RETRY_AFTER},
    }
    return {**openapi.problem_answer(_STATUS_TEXTS[status]), "headers": headers.get(status, {})}


PUSH: Final = Operation(
    "pushStory",
    "Publish one version of a story",
    (400, 401, 403, 413, 415, 422, 503),
    {
        "description": "ninjs 3.x. The body may be gzip (`Content-Encoding`). A property that is null is absent.",
        "requestBody": {
            "required": True,
            "content": {
                media_type: {"schema": {"$ref": f"{openapi.REF}Article"}, "example": _EXAMPLE}
                for media_type in ("application/json", "application/ninjs+json")
            },
        },
    },
)
KILL: Final = Operation(
    "killStory",
    "End a story for good",
    (400, 401, 403, 422, 503),
    {
        "parameters": [
            {
                "name": "uri",
                "in": "path",
                "required": True,
                "description": "the story's uri, percent-encoded whole (`/` as %2F)",
                "schema": {"type": "string", "minLength": 1},
                "example": _EXAMPLE["uri"],
            }
        ]
    },
)


def install(app: FastAPI) -> None:
    """Let `app` describe itself; made when it is first asked for."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign] # FastAPI's own way to extend it


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description="Stories in, onto the wire.", routes=app.routes
    )
    document["components"] = {
        "schemas": {**_article_schemas(), "Accepted": _ACCEPTED},
        "securitySchemes": _BEARER,
    }
    return openapi.complete(document)


def _article_schemas() -> dict[str, Any]:
    article = Article.model_json_schema(ref_template=f"{openapi.REF}{{model}}")
    schemas: dict[str, Any] = article.pop("$defs")
    for schema in (article, *schemas.values()):
        if "properties" in schema:
            schema["additionalProperties"] = False
    article["properties"] |= {name: {"description": "ignored: the feed's own"} for name in sorted(OUTPUT_FIELDS)}
    return {"Article": article, **schemas}
