"""Stories -> Kafka: each is admitted, looked up among those that were accepted last, and published.

The stories of one request share a round trip to what is remembered and a round of acknowledgements. Each has an outcome
of its own, in the order given; none spoils another.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import uuid_utils

from newswire import events, topics
from newswire.errors import NewswireError
from services.ingest.account import note_outcome
from services.ingest.admission import Stamp, admit, kill
from services.ingest.publisher import Record, Stored
from services.ingest.repeats import find_repeats, remember

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newswire.article import Article
    from newswire.errors import InvalidError
    from newswire.events import ArticleEvent
    from services.ingest.account import Account, Call
    from services.ingest.credentials import Grant
    from services.ingest.memory import Memory
    from services.ingest.publisher import Publisher

_TIME_BYTES: Final = 6
_RANDOM_MASK: Final = (1 << 74) - 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """A story that Kafka holds, under the id of the event that it repeats if it does."""

    id: str
    uri: str
    version: str | None
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A story that was not taken, named as far as it could be read."""

    error: NewswireError
    uri: str | None = None
    version: str | None = None


Outcome = Accepted | Refused


class Intake:
    """One ingest process's."""

    def __init__(self, publisher: Publisher, memory: Memory, account: Account) -> None:
        self._publisher = publisher
        self._memory = memory
        self._account = account

    async def take(
        self, call: Call, grant: Grant, stories: Sequence[Article | InvalidError], first_id: str
    ) -> list[Outcome]:
        """What becomes of each story; `first_id` is the first one's event id, which the others' follow from."""
        accepted = _now()
        return await self._publish(
            call,
            [
                Refused(story)
                if isinstance(story, NewswireError)
                else _admitted(story, grant, Stamp(event_id(first_id, number), accepted))
                for number, story in enumerate(stories)
            ],
        )

    async def end(self, call: Call, grant: Grant, uri: str, first_id: str) -> Outcome:
        """End a story for good. Raises ForbiddenError and ViolationError."""
        grant.require_scope("kill")
        [outcome] = await self._publish(call, [kill(uri, grant, Stamp(first_id, _now()))])
        return outcome

    async def _publish(self, call: Call, admitted: Sequence[ArticleEvent | Refused]) -> list[Outcome]:
        good = [event for event in admitted if not isinstance(event, Refused)]
        repeats = dict(zip((event.id for event in good), await find_repeats(self._memory, good), strict=True))
        fresh = [event for event in good if repeats[event.id] is None]
        stored = dict(zip((event.id for event in fresh), await self._store(call, fresh), strict=True))
        remember(self._memory, [event for event in fresh if not isinstance(stored[event.id], NewswireError)])
        return [
            event if isinstance(event, Refused) else _outcome(event, repeats[event.id], stored.get(event.id))
            for event in admitted
        ]

    async def _store(self, call: Call, fresh: Sequence[ArticleEvent]) -> list[Stored | NewswireError]:
        traced = [(event, *call.publishing()) for event in fresh]
        try:
            records = [record_of(event, traceparent) for event, _, traceparent in traced]
            stored = await self._publisher.publish_all(records)
            for (event, span, traceparent), record, outcome in zip(traced, records, stored, strict=True):
                note_outcome(span, event, outcome)
                if isinstance(outcome, Stored):
                    self._account.accepted(event, traceparent, len(record.value))
            return stored
        finally:
            for _, span, _ in traced:
                span.end()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def new_id() -> str:
    """An event id, of now."""
    return str(uuid_utils.uuid7())


def event_id(first: str, number: int) -> str:
    """The id of a request's n-th event, the same each time: a UUIDv7 of the same millisecond."""
    if not number:
        return first
    base = uuid.UUID(first)
    made = int.from_bytes(hashlib.sha256(base.bytes + number.to_bytes(4, "big")).digest()[:10], "big") & _RANDOM_MASK
    high, low = made >> 62, made & ((1 << 62) - 1)
    time = int.from_bytes(base.bytes[:_TIME_BYTES], "big")
    return str(uuid.UUID(int=(time << 80) | (7 << 76) | (high << 64) | (2 << 62) | low))


def _admitted(story: Article, grant: Grant, stamp: Stamp) -> ArticleEvent | Refused:
    try:
        grant.require_scope("kill" if story.status == "canceled" else "push")
        return admit(story, grant, stamp)
    except NewswireError as error:
        return Refused(error, story.uri, story.version)


def _outcome(event: ArticleEvent, repeats: str | None, stored: Stored | NewswireError | None) -> Outcome:
    article = event.article
    if isinstance(stored, NewswireError):
        return Refused(stored, article.uri, article.version)
    return Accepted(repeats or event.id, article.uri, article.version, duplicate=repeats is not None)


def record_of(event: ArticleEvent, traceparent: str) -> Record:
    """The record of an event, in the trace that it belongs to."""
    uri = event.article.uri
    cloud_event = topics.CloudEvent(event.id, "accepted", f"/ingest/{event.provider}", uri, event.accepted)
    return Record(topics.key(uri), events.encode(event), topics.cloud_event_headers(cloud_event, traceparent))
