"""What everything on the wire is made of: the base of the models, and JSON that every reader can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEAST_INTEGER, _MOST_INTEGER = -(2**63), 2**63 - 1


def _within_64_bits(value: JsonValue) -> JsonValue:
    """Raises ValueError for a number that other JSON readers, ours among them, cannot hold."""
    if isinstance(value, int) and not _LEAST_INTEGER <= value <= _MOST_INTEGER:
        msg = "an integer of more than 64 bits"
        raise ValueError(msg)
    inner: Iterable[JsonValue] = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    for one in inner:
        _within_64_bits(one)
    return value


Integer = Annotated[int, Field(ge=_LEAST_INTEGER, le=_MOST_INTEGER)]
JsonObject = Annotated[dict[str, JsonValue], AfterValidator(_within_64_bits)]


class Model(BaseModel):
    """The base of everything on the wire: frozen, strict about types, camelCase outside."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        serialize_by_alias=True,
        validate_by_name=True,
        validate_by_alias=True,
    )
