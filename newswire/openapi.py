"""What the OpenAPI documents of all services say alike: licence, health, and what the server answers by itself."""

from __future__ import annotations

from typing import Any, Final

from newswire import health, problem

Described = dict[str, Any]

REF: Final = "#/components/schemas/"
RETRY_AFTER: Final[Described] = {"required": True, "description": "seconds", "schema": {"type": "integer"}}
_API: Final = "/v1/"
_VERSION: Final = "1"  # of the interface, as in its paths
_LICENCE: Final[Described] = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
# newswire.protocol gives these before any app is called.
_BY_THE_SERVER: Final = {
    400: ("NotHttp", "Cannot be parsed as HTTP, or has something wrong in it"),
    408: ("TooSlow", "The request was not complete within 30 s"),
    431: ("HeadTooLarge", "The request's head is larger than 64 KiB"),
}
_HEALTH: Final[Described] = {
    "description": "draft-inadarei-api-health-check",
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"enum": ["pass", "warn", "fail"]},
        "checks": {
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["status"],
                    "properties": {
                        "status": {"enum": ["pass", "warn", "fail"]},
                        "output": {"type": "string"},
                        "observedValue": {"type": "number"},
                        "observedUnit": {"type": "string"},
                    },
                },
            },
        },
    },
}


def problem_answer(description: str) -> Described:
    """An answer that is a problem."""
    return {"description": description, "content": {problem.MEDIA_TYPE: {"schema": {"$ref": f"{REF}Problem"}}}}


def complete(document: Described) -> Described:
    """The document with what every service's says; what it says already stays."""
    document["info"] |= {"version": _VERSION, "license": _LICENCE}
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update({"Problem": problem.SCHEMA, "Health": _HEALTH})
    components["responses"] = {name: problem_answer(text) for name, text in _BY_THE_SERVER.values()}
    for path, item in document["paths"].items():
        for operation in item.values() if path.startswith(_API) else ():
            _add_refusals(operation)
    document["paths"] |= {
        "/livez": {"get": _health_call("livez", "Whether the process is alive")},
        "/readyz": {"get": _health_call("readyz", "Whether it can do its work now", 503)},
    }
    return document


def _add_refusals(operation: Described) -> None:
    refusals = {str(status): {"$ref": f"#/components/responses/{name}"} for status, (name, _) in _BY_THE_SERVER.items()}
    operation["responses"] = dict(sorted({**refusals, **operation["responses"]}.items()))


def _health_call(name: str, summary: str, *failed: int) -> Described:
    answer = {
        "description": "health+json",
        "content": {health.MEDIA_TYPE: {"schema": {"$ref": f"{REF}Health"}}},
    }
    return {"operationId": name, "summary": summary, "responses": {str(status): answer for status in (200, *failed)}}
