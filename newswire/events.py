"""The values of the records in Kafka, as JSON. Readers ignore fields that they do not know."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from newswire.article import Article
from newswire.instants import DateTime
from newswire.model import Model


class RawRef(Model):
    """Where an accepted event stands in articles.raw: with its uri, the event's identity downstream."""

    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]


class ArticleEvent(Model):
    """articles.raw: one accepted version of one story. A kill is one with `pubStatus` canceled."""

    id: str
    provider: str
    accepted: DateTime
    article: Article


class Tag(Model):
    """What a story is about, as readers filter by it; `score` 0 to 1; `creator` a model's name or `provider`."""

    kind: Literal["person", "organisation", "place", "topic", "keyword"]
    name: str
    uri: str | None = None
    score: float
    creator: str


class Enrichment(Model):
    """What the pipeline made of a story; `readTime` in minutes. `errors` names the stages that failed."""

    summary: str | None = None
    summary_source: Literal["extractive", "llm", "provider"] | None = None
    language: str | None = None
    read_time: int | None = None
    word_count: int | None = None
    tags: tuple[Tag, ...] = ()
    cluster: str | None = None
    produced_by: Annotated[dict[str, str], Field(alias="produced_by")] = Field(default_factory=dict)
    errors: tuple[str, ...] = ()


class EnrichedEvent(ArticleEvent):
    """articles.enriched: the accepted event with its enrichment; a higher `revision` is a better enrichment."""

    kind: Literal["story"] = "story"
    raw: RawRef
    revision: Annotated[int, Field(ge=0)] = 0
    enrichment: Enrichment


class ClockEvent(Model):
    """articles.enriched: an embargo's end or an expiry of the accepted event that `raw` names."""

    kind: Literal["release", "expire"]
    id: str
    uri: str
    raw: RawRef


FeedEvent = Annotated[EnrichedEvent | ClockEvent, Field(discriminator="kind")]
FEED_EVENT: TypeAdapter[EnrichedEvent | ClockEvent] = TypeAdapter(FeedEvent)


def encode(event: Model) -> bytes:
    """A record's value, or a part of one: JSON in UTF-8, absent fields left out."""
    return event.model_dump_json(exclude_none=True).encode()
