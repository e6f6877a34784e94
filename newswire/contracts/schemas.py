"""The JSON Schema of a record's value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from newswire.written import Written

if TYPE_CHECKING:
    from newswire.contracts.catalogue import Contract

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def value_schema(contract: Contract) -> dict[str, Any]:
    """The schema of a topic's values, with an id that is a name and no address."""
    head = {
        "$schema": DIALECT,
        "$id": schema_id(contract, "value"),
        "title": f"{contract.topic.name}, version {contract.version}: the value",
        "description": contract.description,
    }
    if contract.values is None:
        return head
    schema = contract.values.json_schema(mode="serialization", schema_generator=Written)
    # A model that is the whole schema has a text of its own; the title is the topic's. `discriminator` is OpenAPI's.
    return {**head, **{key: part for key, part in schema.items() if key not in {"title", "discriminator"}}}


def schema_id(contract: Contract, part: str) -> str:
    """The name under which a schema is known."""
    return f"urn:newswire:contract:{contract.topic.name}:v{contract.version}:{part}"
