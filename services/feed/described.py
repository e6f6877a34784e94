"""What OpenAPI says of the feed: parameters and answers of each call."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from newswire import openapi
from newswire.article import Article
from newswire.events import Enrichment
from newswire.written import Written
from services.feed import query

Described = dict[str, Any]

_ADDED: Final[Described] = {
    "provider": {"type": "string"},
    "published": {"type": "string", "format": "date-time", "description": "first visible; never alters"},
    "updated": {"type": "string", "format": "date-time"},
    "change": {"type": "integer", "description": "the change that it was seen in last"},
    "url": {"type": "string", "format": "uri", "description": "the reader's page"},
    "enrichment": {"$ref": f"{openapi.REF}Enrichment"},
}
_ITEM: Final[Described] = {
    "title": "Item",
    "description": "A story under the names of the IPTC's ninjs 3.1, with what the feed adds.",
    "required": ["uri", *_ADDED],
}
_CHANGE: Final[Described] = {
    "type": "object",
    "required": ["change", "kind", "uri", "version", "story"],
    "properties": {
        "change": {"type": "integer"},
        "kind": {"enum": ["new", "update", "withdraw", "kill", "expire"]},
        "uri": {"type": "string"},
        "version": {"type": ["string", "null"]},
        "story": {"anyOf": [{"$ref": f"{openapi.REF}Item"}, {"type": "null"}]},
    },
}
_EVENT: Final[Described] = {
    "description": "each event; there are comments too, and a `retry`",
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^(-1|[0-9]+)$", "description": "the change number"},
        "event": {"enum": ["new", "update", "withdraw", "kill", "expire", "reset"]},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"anyOf": [{"$ref": f"{openapi.REF}Change"}, {"$ref": f"{openapi.REF}Reset"}]},
        },
    },
}
_RESET: Final[Described] = {
    "description": "A gap that cannot be filled: what follows is after this change.",
    "type": "object",
    "required": ["change"],
    "properties": {"change": {"type": "integer", "minimum": -1}},
}
_RECEIPT: Final[Described] = {
    "type": "object",
    "required": ["id", "state", "at"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "uri": {"type": "string"},
        "version": {"type": ["string", "null"]},
        "state": {
            "enum": [
                "pending",
                "visible",
                "embargoed",
                "superseded",
                "killed",
                "withheld",
                "expired",
                "dead-lettered",
            ]
        },
        "change": {"type": "integer"},
        "at": {"type": "string", "format": "date-time"},
        "problem": {"$ref": f"{openapi.REF}Problem"},
    },
}
_FEED: Final[Described] = {
    "type": "object",
    "required": ["items", "next", "change"],
    "properties": {
        "items": {"type": "array", "items": {"$ref": f"{openapi.REF}Item"}},
        "next": {"type": ["string", "null"], "format": "uri"},
        "change": {"type": "integer", "minimum": -1},
    },
}
_CHANGES: Final[Described] = {
    "type": "object",
    "required": ["changes", "next"],
    "properties": {
        "changes": {"type": "array", "items": {"$ref": f"{openapi.REF}Change"}},
        "next": {"type": "integer", "minimum": -1},
    },
}
SCHEMAS: Final[Described] = {
    "Change": _CHANGE,
    "Reset": _RESET,
    "Receipt": _RECEIPT,
    "Feed": _FEED,
    "Changes": _CHANGES,
}


def _parameter(name: str, description: str, schema: Described, where: str = "query") -> Described:
    return {"name": name, "in": where, "required": where == "path", "description": description, "schema": schema}


def _integer(least: int, most: int, default: int | None = None) -> Described:
    schema: Described = {"type": "integer", "minimum": least, "maximum": most}
    return schema if default is None else {**schema, "default": default}


def _operation(parameters: list[Described], answers: Described, faults: dict[int, str]) -> Described:
    refused: Described = {str(status): openapi.problem_answer(text) for status, text in faults.items()}
    unavailable = {**openapi.problem_answer(_UNAVAILABLE), "headers": {"Retry-After": openapi.RETRY_AFTER}}
    return {"parameters": parameters, "responses": dict(sorted({**answers, **refused, "503": unavailable}.items()))}


def _answer(schema: str, headers: Described | None = None) -> Described:
    content = {"application/json": {"schema": {"$ref": f"{openapi.REF}{schema}"}}}
    return {"description": "OK", "headers": headers or {}, "content": content}


def _cacheable(schema: str, headers: Described | None = None) -> Described:
    """An answer with a validator, and the one to a reader who has it already."""
    headers = _VALIDATORS | (headers or {})
    unchanged = {"description": "what `If-None-Match` names is the newest", "headers": headers}
    return {"200": _answer(schema, headers), "304": unchanged}


_UNAVAILABLE: Final = "the view is being rebuilt, Redis is away, or too many readers are waiting here"
_VALIDATORS: Final[Described] = {
    "ETag": {"required": True, "description": "strong; one for each content coding", "schema": {"type": "string"}},
    "Cache-Control": {"required": True, "schema": {"type": "string", "const": "public, no-cache"}},
    "Vary": {"required": True, "schema": {"type": "string", "const": "Accept-Encoding"}},
}
_LINK: Final[Described] = {
    "Link": {
        "required": True,
        "description": '`rel="mercure"`: the stream that leads on from here without a gap; `rel="next"`: the next page',
        "schema": {"type": "string"},
    }
}
_NUMBER: Final = _integer(-1, query.NUMBER_MOST)
_INCLUDE: Final = _parameter(
    "include",
    "`bodies` adds the story's own; those of associations are always there",
    {"type": "string", "enum": ["bodies"]},
)
_BAD_QUERY: Final = "an unknown parameter or a bad value, named in `errors`"
_URI: Final = {
    **_parameter("uri", "percent-encoded whole (`/` as %2F)", {"type": "string", "minLength": 1}, "path"),
    "example": "https://courier.example/ferry",
}

FEED: Final = _operation(
    [
        _parameter(
            "limit",
            "stories a page at most; fewer when they are long",
            _integer(1, query.FEED_LIMIT_MOST, query.FEED_LIMIT),
        ),
        _parameter("cursor", "opaque; from `next`", {"type": "string"}),
        _INCLUDE,
    ],
    _cacheable("Feed", _LINK),
    {400: _BAD_QUERY},
)
STORY: Final = _operation(
    [_URI],
    _cacheable("Item", _LINK),
    {400: _BAD_QUERY, 404: "unknown, or never visible", 410: "killed or expired after it was visible"},
)
CHANGES: Final = _operation(
    [
        _parameter("after", "exclusive; absent is from the oldest kept", _NUMBER),
        _parameter(
            "limit",
            "changes at most; fewer when they are long",
            _integer(1, query.CHANGES_LIMIT_MOST, query.CHANGES_LIMIT),
        ),
        _parameter(
            "wait",
            "seconds to wait for a change when there is none",
            {
                "type": "number",
                "minimum": 0,
                "maximum": query.WAIT_SECONDS_MOST,
                "multipleOf": 0.001,
                "default": 0,
            },
        ),
        _INCLUDE,
    ],
    _cacheable("Changes"),
    {400: _BAD_QUERY, 410: "`after` is older than what is kept, or past the head"},
)
RECEIPT: Final = _operation(
    [_parameter("id", "of the answer to a push", {"type": "string", "format": "uuid"}, "path")],
    {"200": _answer("Receipt")},
    {400: _BAD_QUERY, 404: "unknown"},
)
_STREAM: Final = _operation(
    [
        _parameter(
            query.LAST_EVENT_ID,
            "wins over the parameters; empty is absent",
            {"anyOf": [_NUMBER, {"type": "string", "maxLength": 0}]},
            "header",
        ),
        *(
            _parameter(name, "exclusive; absent is from now; the first of these counts", _NUMBER)
            for name in query.AFTER_NAMES
        ),
        _INCLUDE,
    ],
    {"200": {"description": "OK", "content": {"text/event-stream": {"schema": _EVENT}}}},
    {400: _BAD_QUERY},
)
# The stream is not one of FastAPI's routes, so it is described whole.
STREAM: Final[Described] = {
    "summary": "The changes as server-sent events",
    "description": (
        "`id` is the change number, `event` the kind, `data` the change as one line of JSON. `event: reset` with"
        ' `data: {"change": N}` tells of a gap that cannot be filled: what follows is after N.'
    ),
    "operationId": "stream",
    **_STREAM,
}


def complete(document: Described) -> Described:
    """The document that FastAPI makes of its routes, with all that it cannot know."""
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(SCHEMAS | _item_schemas())
    return openapi.complete(document)


def _item_schemas() -> Described:
    """The article as it is written, without what is not for readers, and with what the feed adds."""
    _, made = models_json_schema(
        [(Article, "serialization"), (Enrichment, "serialization")],
        ref_template=f"{openapi.REF}{{model}}",
        schema_generator=Written,
    )
    schemas: Described = made["$defs"]
    for schema in schemas.values():
        schema.get("properties", {}).pop("edNote", None)
    schemas["Enrichment"]["properties"].pop("errors")
    article = schemas.pop("Article")
    return {**schemas, "Item": {**article, **_ITEM, "properties": article["properties"] | _ADDED}}
