"""Events of any content that the models allow, as hypothesis strategies of their JSON."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue, WithJsonSchema

from newswire.article import ContactInfo, Dates, RightsInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

# Deeper objects have only what they must: an association may hold associations.
DEPTH_MOST = 4
FIELDS_MOST = 6
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TRUNCATED = st.sampled_from(["2026", "2026-11", "2026-11-24", "2026-11-24T18:30:25Z", "2026-11-24T18:30:25.5+01:00"])
DATE_TIMES = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds") + "Z"),
    # No leap second, though RFC 3339 has it: the checker of formats does not know it.
    st.sampled_from(["2026-11-24 18:30", "2026-11-24T18:30:25,394+0100", "2026-11-24t18:30:25z"]),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), NUMBERS, TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXT, inner, max_size=2)),
    max_leaves=4,
)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=3)
# Rules across fields, which no schema of ours says: exactly one of two, and one beginning or end.
ONE_OF = {ContactInfo: ("value", "address"), RightsInfo: ("linkedRights", "encodedRights")}
DATES = ("startDate", "expectedStartDate", "endDate", "expectedEndDate")


def events(model: type[BaseModel], depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects that a model takes."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    required = [name for name, field in fields.items() if field.is_required()]
    optional = sorted(set(fields) - set(required)) if depth < DEPTH_MOST else []

    def choose(chosen: Iterable[str]) -> st.SearchStrategy[dict[str, Any]]:
        names = _settle(model, {*required, *chosen})
        return st.fixed_dictionaries(
            {name: _values(fields[name].annotation, fields[name].metadata, depth + 1) for name in sorted(names)}
        )

    chosen = st.sets(st.sampled_from(optional), max_size=FIELDS_MOST) if optional else st.just(set[str]())
    return chosen.flatmap(choose)


def _settle(model: type[BaseModel], names: set[str]) -> set[str]:
    if model in ONE_OF:
        one, other = ONE_OF[model]
        return names - {other} if one in names else names | {other} if other in names else names | {one}
    if model is Dates:
        return (names - set(DATES)) | {next((name for name in DATES if name in names), DATES[0])}
    return names


def _values(kind: Any, metadata: list[Any], depth: int) -> st.SearchStrategy[Any]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        found = _values(inner[0], [*metadata, *inner[1:]], depth)
    elif origin in {Union, types.UnionType}:
        found = st.one_of([_values(one, metadata, depth) for one in inner if one is not type(None)])
    elif origin is Literal:
        found = st.sampled_from(inner)
    elif origin is tuple:
        found = st.lists(_values(inner[0], [], depth), max_size=2)
    elif origin is dict:
        found = OBJECTS if inner[1] is JsonValue else st.dictionaries(TEXT, TEXT, max_size=3)
    elif issubclass(kind, BaseModel):
        found = st.deferred(lambda: events(kind, depth))
    else:
        found = _plain(kind, metadata)
    return found


def _plain(kind: type, metadata: list[Any]) -> st.SearchStrategy[Any]:
    if kind is str:
        told = next((one.json_schema for one in metadata if isinstance(one, WithJsonSchema)), {}) or {}
        return TRUNCATED if "pattern" in told else DATE_TIMES if "format" in told else TEXT
    if kind is int:
        bounds = _bounds(metadata)
        return st.integers(bounds.get("ge", 0), bounds.get("le", 2**63 - 1))
    assert kind is float, kind
    return NUMBERS


def _bounds(metadata: list[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in metadata:
        for part in (one, *getattr(one, "metadata", ())):
            found |= {name: getattr(part, name) for name in ("ge", "le") if hasattr(part, name)}
    return found
