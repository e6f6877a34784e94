"""JSON Schema of what is written, out of the models that write it.

A field that is None is left out, so no null is in the schema and such a field is not required. Nor is one with
another default, though it is always written: the records of an older minor version have none. What a schema does not
name may be there all the same, and readers ignore it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema


class Written(GenerateJsonSchema):
    """Pydantic's schema without the nulls that are never written, and without titles that repeat the names."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """What is there when it is not None."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """What is there, by default or not."""
        # A default is the writer's affair: what is absent is unknown to a reader.
        return self.generate_inner(schema["schema"])

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,  # noqa: FBT001 - pydantic's signature
    ) -> bool:
        """Whether no reader can do without it."""
        inner: Any = field["schema"]
        # The one literal that a default can be tells the kinds of records apart: nobody can read them without.
        constant = inner["type"] == "default" and inner["schema"]["type"] == "literal"
        return constant or super().field_is_required(field, total)

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
        """Never: a title would be the name again."""
        return False
