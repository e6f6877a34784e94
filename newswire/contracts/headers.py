"""The JSON Schema of a record's headers, read as UTF-8 text by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from newswire import topics
from newswire.contracts.schemas import DIALECT, schema_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newswire.contracts.catalogue import Contract

Schema = dict[str, Any]

_TRACEPARENT: Final[Schema] = {
    "type": "string",
    "pattern": f"^{topics.TRACEPARENT.pattern}$",
    "description": "W3C Trace Context: the trace that the event belongs to, if it belongs to one",
}
_PLACE: Final[Schema] = {
    "original-topic": {"type": "string", "description": "where the record stood"},
    "original-partition": {"type": "string", "pattern": "^[0-9]+$"},
    "original-offset": {"type": "string", "pattern": "^[0-9]+$"},
    "error-type": {"type": "string", "description": "the class of what is wrong with it"},
    "error": {"type": "string", "description": "what is wrong with it, for a person"},
}


def topic_headers(contract: Contract) -> Schema:
    """The schema of the headers on a topic."""
    headers = cloud_event(contract.types) if contract.types else dead_letter()
    title = f"{contract.topic.name}, version {contract.version}: the headers"
    return {"$schema": DIALECT, "$id": schema_id(contract, "headers"), "title": title, **headers}


def cloud_event(types: Sequence[str]) -> Schema:
    """The headers of a CloudEvent of one of some types."""
    return {
        "description": "CloudEvents 1.0 in Kafka's binary mode, and the trace.",
        "type": "object",
        "required": [
            *("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type"),
        ],
        "properties": {
            "ce_specversion": {"type": "string", "const": "1.0"},
            "ce_id": {"type": "string", "format": "uuid", "description": "the `id` in the value"},
            "ce_source": {
                "type": "string",
                "format": "uri-reference",
                "description": "who wrote it: /ingest/{provider}, /enrich or /projector/clock",
            },
            "ce_type": {"type": "string", "enum": list(types)},
            "ce_time": {
                "type": "string",
                "format": "date-time",
                "description": "of an accepted or enriched event when it was accepted, of the clock's when it wrote it",
            },
            "ce_subject": {"type": "string", "description": "the story's uri, as in the key"},
            "content-type": {"type": "string", "const": "application/json"},
            "traceparent": _TRACEPARENT,
        },
    }


def dead_letter() -> Schema:
    """The headers that a dead letter gets; those that it came with are there too, and come first."""
    return {
        "description": "The headers that the record came with, whatever they are, and these.",
        "type": "object",
        "required": list(_PLACE),
        "properties": _PLACE,
    }
