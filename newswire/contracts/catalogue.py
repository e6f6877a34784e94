"""Which messages are on which topic, in which version of it; who writes them and who reads them. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from newswire import topics
from newswire.events import FEED_EVENT, ArticleEvent

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Message:
    """One kind of record, and the services that write it.

    `event` is as in its `ce_type`, None where that is the original's; `model` names its part of the topic's schema.
    """

    name: str
    event: str | None
    writers: tuple[str, ...]
    summary: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """A topic's contract in one major version. `values` reads its records; None where any bytes may stand.

    `readers` are the services with their consumer groups.
    """

    topic: topics.Topic
    version: int
    description: str
    messages: tuple[Message, ...]
    readers: Mapping[str, str]
    values: TypeAdapter[Any] | None = None

    @property
    def folder(self) -> str:
        """Where its files are."""
        return f"{self.topic.name}/v{self.version}"

    @property
    def types(self) -> tuple[str, ...]:
        """The `ce_type` of each kind of record that it has."""
        return tuple(topics.event_type(message.event) for message in self.messages if message.event)


_RAW, _ENRICHED, _DEAD_LETTERS = topics.TOPICS

CONTRACTS: Final = (
    Contract(
        _RAW,
        1,
        "Every accepted version of every story, and kills. All else is made of it, and nothing is ever taken out.",
        (Message("StoryAccepted", "accepted", ("ingest",), "One version of a story, or its end, as it was accepted."),),
        {"enrich": "newswire-enrich"},
        TypeAdapter(ArticleEvent),
    ),
    Contract(
        _ENRICHED,
        1,
        "The same events with their enrichment, and the clock's. One partition: the feed's total order; a record's"
        " offset is the change number that readers see.",
        (
            Message(
                "StoryEnriched", "enriched", ("enrich",), "An accepted event with its enrichment.", "EnrichedEvent"
            ),
            Message(
                "StoryReleased", "released", ("projector",), "The end of an accepted event's embargo.", "ClockEvent"
            ),
            Message("StoryExpired", "expired", ("projector",), "The expiry of an accepted event.", "ClockEvent"),
        ),
        {"projector": "newswire-projector-{wire}"},
        FEED_EVENT,
    ),
    Contract(
        _DEAD_LETTERS,
        1,
        "Records that can never be processed, as they were: key, headers and value (any bytes, or none), with headers"
        " that say where each stood and why it is here.",
        (Message("DeadLetter", None, ("enrich", "projector"), "A record that can never be processed."),),
        {},
    ),
)
