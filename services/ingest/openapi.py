"""What /openapi.json says of the routes, whose handlers take the bare request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from fastapi.openapi.utils import get_openapi

from newswire import openapi
from newswire.article import Article
from services.ingest.formats.ninjs import OUTPUT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

Answer = Literal["one", "several", "either"]

_STATUS_TEXTS: Final[Mapping[int, str]] = {
    400: "Cannot be parsed: not JSON, XML or UTF-8, a key twice, a lone surrogate, a DTD or broken gzip; or no"
    " Idempotency-Key, though it is called so",
    401: "No credentials, or wrong ones; the same whatever was wrong",
    403: "The uri is outside the provider's prefixes, or the key may not do this",
    409: "A request with the same Idempotency-Key is under way",
    413: "Over 1 MiB a story or 8 MiB a batch, unpacked, over 500 stories, or nested deeper than 64",
    415: "A Content-Type, Content-Encoding or XML root that is not taken",
    422: "Against the schema: `errors` names each fault by a JSON Pointer. Or the same Idempotency-Key came with"
    " another request",
    429: "Over the provider's rate",
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
_RESULT: Final = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"type": "integer", "description": "as if it had been pushed alone"},
        "id": {"type": "string", "format": "uuid"},
        "uri": {"type": "string"},
        "version": {"type": ["string", "null"]},
        "duplicate": {"type": "boolean"},
        "problem": {"$ref": f"{openapi.REF}Problem"},
    },
}
_RESULTS: Final = {
    "type": "object",
    "required": ["results"],
    "properties": {
        "results": {
            "type": "array",
            "description": "one for each story, in the order given",
            "items": {"$ref": f"{openapi.REF}Result"},
        }
    },
}
_LOCATION: Final = {
    "description": "the event's receipt, on the feed",
    "schema": {"type": "string", "format": "uri"},
}
_KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "draft-ietf-httpapi-idempotency-key-header: the first reply is replayed for 24 hours",
    "schema": {"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[!#-~]+$"},
}
_XML_TYPES: Final = ("application/xml", "application/rss+xml", "application/atom+xml", "application/nitf+xml")
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
_SCHEMES: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "<key id>.<secret>"},
    "webhook": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks: with webhook-id and webhook-timestamp; or x-superdesk-signature",
    },
}


@dataclass(frozen=True, slots=True)
class Operation:
    """A route's documentation: which of the statuses it answers with, beside 202, and what OpenAPI lacks of it."""

    id: str
    summary: str
    statuses: tuple[int, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)
    answer: Answer = "one"
    security: str = "bearer"

    def arguments(self) -> dict[str, Any]:
        """What a route of FastAPI takes."""
        return {
            "operation_id": self.id,
            "summary": self.summary,
            "status_code": 202,
            "response_model": None,
            "responses": {
                **_taken(self.answer),
                **{status: _refused(status) for status in self.statuses},
            },
            "openapi_extra": {"security": [{self.security: []}], **self.extra},
        }


def _taken(answer: Answer) -> dict[int, dict[str, Any]]:
    results = {"$ref": f"{openapi.REF}Results"}
    one = {"$ref": f"{openapi.REF}Accepted"}
    schema = {"one": one, "several": results, "either": {"oneOf": [one, results]}}[answer]
    taken = {
        "description": "All in-sync replicas of Kafka hold the event, or all of them",
        "headers": {} if answer == "several" else {"Location": {**_LOCATION, "required": answer == "one"}},
        "content": {"application/json": {"schema": schema}},
    }
    if answer == "one":
        return {202: taken}
    some = {"description": "Some of the stories were accepted", "content": {"application/json": {"schema": results}}}
    return {202: taken, 207: some}


def _refused(status: int) -> dict[str, Any]:
    headers = {
        401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
        409: {"Retry-After": openapi.RETRY_AFTER},
        429: {"Retry-After": openapi.RETRY_AFTER},
        503: {"Retry-After": openapi.RETRY_AFTER},
    }
    return {**openapi.problem_answer(_STATUS_TEXTS[status]), "headers": headers.get(status, {})}


_STORY: Final[Mapping[str, Any]] = {
    "required": True,
    "content": {
        **{
            media_type: {"schema": {"$ref": f"{openapi.REF}Article"}, "example": _EXAMPLE}
            for media_type in ("application/json", "application/ninjs+json")
        },
        **{media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in _XML_TYPES},
    },
}
_FORMATS: Final = (
    "ninjs 1.x, 2.x and 3.x, Superdesk's dialect, NewsML-G2, NITF, RSS 2.0 and Atom, by Content-Type and what is in it."
    " RSS, Atom and a newsMessage hold several stories, and are answered as a batch is. The body may be gzip."
)
_ALL: Final = (400, 401, 403, 409, 413, 415, 422, 429, 503)

PUSH: Final = Operation(
    "pushStory",
    "Publish one version of a story",
    _ALL,
    {"description": _FORMATS, "parameters": [_KEY_PARAMETER], "requestBody": _STORY},
    answer="either",
)
BATCH: Final = Operation(
    "pushStories",
    "Publish up to 500 stories",
    _ALL,
    {
        "description": "ninjs, up to 500 stories, in a JSON array or one a line. A fault in the array refuses all.",
        "parameters": [_KEY_PARAMETER],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "array", "items": {"$ref": f"{openapi.REF}Article"}},
                    "example": [_EXAMPLE],
                },
                "application/x-ndjson": {"schema": {"type": "string", "format": "binary"}},
            },
        },
    },
    answer="several",
)
SIGNED: Final = Operation(
    "pushSigned",
    "Publish a story from a system that signs",
    _ALL,
    {
        "description": f"Standard Webhooks, or Superdesk's signature where the provider allows it. {_FORMATS}",
        "parameters": [
            {"name": "provider", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}},
            _KEY_PARAMETER,
        ],
        "requestBody": _STORY,
    },
    answer="either",
    security="webhook",
)
KILL: Final = Operation(
    "killStory",
    "End a story for good",
    (400, 401, 403, 409, 422, 429, 503),
    {
        "parameters": [
            _KEY_PARAMETER,
            {
                "name": "uri",
                "in": "path",
                "required": True,
                "description": "the story's uri, percent-encoded whole (`/` as %2F)",
                "schema": {"type": "string", "minLength": 1},
                "example": _EXAMPLE["uri"],
            },
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
        "schemas": {**_article_schemas(), "Accepted": _ACCEPTED, "Result": _RESULT, "Results": _RESULTS},
        "securitySchemes": _SCHEMES,
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
