"""What OpenAPI says of the feed: parameters and answers of each call. Data only."""

from __future__ import annotations

from typing import Any, Final

from newswire import problem
from services.feed import query

Described = dict[str, Any]

_TAG: Final[Described] = {
    "type": "object",
    "required": ["kind", "name", "score", "creator"],
    "properties": {
        "kind": {"enum": ["person", "organisation", "place", "topic", "keyword"]},
        "name": {"type": "string"},
        "uri": {"type": "string"},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "creator": {"type": "string"},
    },
}
_ENRICHMENT: Final[Described] = {
    "type": "object",
    "properties": {
        "summary": {"type": "string"},
        "summarySource": {"enum": ["extractive", "llm", "provider"]},
        "language": {"type": "string"},
        "readTime": {"type": "integer", "description": "minutes"},
        "wordCount": {"type": "integer"},
        "tags": {"type": "array", "items": {"$ref": "#/components/schemas/Tag"}},
        "cluster": {"type": "string"},
        "produced_by": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_ITEM: Final[Described] = {
    "description": "A story under the names of the IPTC's ninjs 3.1, with what the feed adds.",
    "type": "object",
    "required": ["uri", "provider", "published", "updated", "change", "url", "enrichment"],
    "properties": {
        "uri": {"type": "string"},
        "version": {"type": "string"},
        "provider": {"type": "string"},
        "published": {"type": "string", "format": "date-time"},
        "updated": {"type": "string", "format": "date-time"},
        "change": {"type": "integer"},
        "url": {"type": "string", "format": "uri"},
        "enrichment": {"$ref": "#/components/schemas/Enrichment"},
    },
}
_CHANGE: Final[Described] = {
    "type": "object",
    "required": ["change", "kind", "uri", "version", "story"],
    "properties": {
        "change": {"type": "integer"},
        "kind": {"enum": ["new", "update", "withdraw", "kill", "expire"]},
        "uri": {"type": "string"},
        "version": {"type": ["string", "null"]},
        "story": {"oneOf": [{"$ref": "#/components/schemas/Item"}, {"type": "null"}]},
    },
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
        "problem": {"$ref": "#/components/schemas/Problem"},
    },
}
_FEED: Final[Described] = {
    "type": "object",
    "required": ["items", "next", "change"],
    "properties": {
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
        "next": {"type": ["string", "null"], "format": "uri"},
        "change": {"type": "integer", "minimum": -1},
    },
}
_CHANGES: Final[Described] = {
    "type": "object",
    "required": ["changes", "next"],
    "properties": {
        "changes": {"type": "array", "items": {"$ref": "#/components/schemas/Change"}},
        "next": {"type": "integer", "minimum": -1},
    },
}
SCHEMAS: Final[Described] = {
    "Problem": problem.SCHEMA,
    "Tag": _TAG,
    "Enrichment": _ENRICHMENT,
    "Item": _ITEM,
    "Change": _CHANGE,
    "Receipt": _RECEIPT,
    "Feed": _FEED,
    "Changes": _CHANGES,
}


def _parameter(name: str, description: str, schema: Described, where: str = "query") -> Described:
    return {"name": name, "in": where, "required": where == "path", "description": description, "schema": schema}


def _integer(least: int, most: int, default: int | None = None) -> Described:
    schema: Described = {"type": "integer", "minimum": least, "maximum": most}
    return schema if default is None else {**schema, "default": default}


def _operation(parameters: list[Described], schema: str, faults: dict[int, str]) -> Described:
    answers: Described = {
        str(status): {
            "description": text,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, text in {**faults, 503: "the view is being rebuilt, or Redis is away"}.items()
    }
    answers["200"] = {
        "description": "OK",
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
    return {"parameters": parameters, "responses": dict(sorted(answers.items()))}


_NUMBER: Final = _integer(-1, query.NUMBER_MOST)
_INCLUDE: Final = _parameter(
    "include",
    "`bodies` adds the story's own; those of associations are always there",
    {"type": "string", "enum": ["bodies"]},
)
_BAD_QUERY: Final = "an unknown parameter or a bad value, named in `errors`"
_URI: Final = _parameter("uri", "percent-encoded whole (`/` as %2F)", {"type": "string", "minLength": 1}, "path")

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
    "Feed",
    {400: _BAD_QUERY},
)
STORY: Final = _operation(
    [_URI],
    "Item",
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
            {"type": "number", "minimum": 0, "maximum": query.WAIT_SECONDS_MOST, "default": 0},
        ),
        _INCLUDE,
    ],
    "Changes",
    {400: _BAD_QUERY, 410: "`after` is older than what is kept, or past the head"},
)
RECEIPT: Final = _operation(
    [_parameter("id", "of the answer to a push", {"type": "string", "format": "uuid"}, "path")],
    "Receipt",
    {400: _BAD_QUERY, 404: "unknown"},
)
_STREAM: Final = _operation(
    [
        _parameter(query.LAST_EVENT_ID, "wins over the parameters", _NUMBER, "header"),
        *(
            _parameter(name, "exclusive; absent is from now; the first of these counts", _NUMBER)
            for name in query.AFTER_NAMES
        ),
        _INCLUDE,
    ],
    "Change",
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
    "responses": {
        **_STREAM["responses"],
        "200": {"description": "OK", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
    },
}
