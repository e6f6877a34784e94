"""A story as both peers take it: a pydantic model, and the least that enrichment can be."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Part):
    """A headline, or a body."""

    value: str
    content_type: str | None = Field(None, alias="contentType")
    role: str | None = None


class Subject(_Part):
    """What the story is about."""

    name: str
    uri: str | None = None


class Story(_Part):
    """What is checked of a push."""

    uri: str = Field(min_length=1, max_length=2048)
    type: str
    version: str
    urgency: int = Field(ge=1, le=9)
    language: str | None = None
    headlines: list[Text] = []
    by: str | None = None
    slugline: str | None = None
    subjects: list[Subject] = []
    bodies: list[Text] = []

    def encoded(self) -> bytes:
        """JSON, as it came."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


def enrich(document: bytes) -> bytes:
    """Decode, add a field, encode."""
    story: dict[str, Any] = orjson.loads(document)
    story["wordCount"] = sum(len(body["value"].split()) for body in story["bodies"])
    return orjson.dumps(story)
