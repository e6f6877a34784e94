"""From records of articles.enriched to writes of the read model. Pure: the state machine's hands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import orjson
from pydantic import ValidationError

from newswire import lifecycle
from newswire.errors import BadRecordError
from newswire.events import FEED_EVENT, ClockEvent, EnrichedEvent
from newswire.lifecycle import Position, Ref, Story
from newswire.telemetry.tracing import trace_id_of
from services.feed.card import card, timestamp
from services.feed.store.writes import RECEIPT_SECONDS, Receipt, Write

if TYPE_CHECKING:
    from newswire.events import RawRef
    from newswire.lifecycle import Decision
    from services.feed.store.writes import View


# What the content of one record can make go wrong. The next run would meet it again, and the wire would stand still:
# such a record goes to the dead letters, and the rest goes on.
UNWORKABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Parsed(NamedTuple):
    """A record that could be read, the uri it speaks of, and the trace it belongs to (a `traceparent`)."""

    at: Position
    uri: str
    event: EnrichedEvent | ClockEvent
    traceparent: str | None = None

    @property
    def trace_id(self) -> str | None:
        """The id of its trace."""
        return trace_id_of(self.traceparent)


class NotOwnerError(BadRecordError):
    """Another provider owns the uri."""


def parse(value: bytes | None, at: Position, traceparent: str | None = None) -> Parsed:
    """The event in a record. Raises BadRecordError."""
    if value is None:
        msg = "a record without a value"
        raise BadRecordError(msg)
    try:
        event = FEED_EVENT.validate_json(value)
    except ValidationError as error:
        msg = f"not an event of the feed: {error.error_count()} faults, the first {error.errors()[0]['msg']}"
        raise BadRecordError(msg) from error
    return Parsed(at, event.uri if isinstance(event, ClockEvent) else event.article.uri, event, traceparent)


@dataclass
class Projection:
    """The states of a batch's stories while the batch is worked through, ahead of the store."""

    newest_ms: int
    stories: dict[str, Story] = field(default_factory=dict)
    pending: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def over(cls, view: View) -> Projection:
        """A projection that begins at what the store holds."""
        return cls(view.newest_ms, dict(view.stories), dict(view.pending))

    def take(self, parsed: Parsed, value: bytes, now_ms: int) -> tuple[Write, BadRecordError | None]:
        """The effect of a record, and why it belongs among the dead letters if it does.

        `now_ms` decides only how long its receipt is kept.
        """
        before = self.stories.get(parsed.uri, Story())
        decision = lifecycle.advance(before, lifecycle.record_of(parsed.event), parsed.at, self.newest_ms)
        receipt = _receipt(parsed, decision, now_ms)
        if decision.outcome == "refused":
            refused = NotOwnerError("not-owner: the story is another provider's")
            return self.skip(parsed.at.offset, parsed.uri, receipt), refused
        if decision.story is before:
            return self.skip(parsed.at.offset, parsed.uri, receipt), None
        try:
            write = self._write(parsed, decision, value, receipt)
        except UNWORKABLE as error:
            msg = f"cannot be shown: {type(error).__name__}"
            return self.skip(parsed.at.offset, parsed.uri), BadRecordError(msg)
        self._remember(parsed.uri, write, decision.story)
        return write, None

    def skip(self, offset: int, uri: str = "", receipt: Receipt | None = None) -> Write:
        """The write of a record without effect: only the offset moves."""
        return Write(offset, uri, self.newest_ms, receipt=receipt)

    def _content(self, parsed: Parsed, decision: Decision) -> EnrichedEvent | None:
        """The event that the decision shows: the record's own, or the one whose embargo is over."""
        if decision.content == "record" and isinstance(parsed.event, EnrichedEvent):
            return parsed.event
        if decision.content == "pending":
            kept = FEED_EVENT.validate_json(self.pending[parsed.uri])
            return kept if isinstance(kept, EnrichedEvent) else None
        return None

    def _remember(self, uri: str, write: Write, story: Story) -> None:
        self.stories[uri] = story
        self.newest_ms = write.newest_ms
        if write.pending:
            self.pending[uri] = write.pending
        elif write.pending is not None:
            self.pending.pop(uri, None)

    def _write(self, parsed: Parsed, decision: Decision, value: bytes, receipt: Receipt | None) -> Write:
        story = decision.story
        content = self._content(parsed, decision)
        item, bodies = card(content, story, parsed.at.offset) if content else (b"", b"")
        return Write(
            offset=parsed.at.offset,
            uri=parsed.uri,
            newest_ms=max(self.newest_ms, story.published_ms) if decision.change else self.newest_ms,
            story=story,
            pending={"keep": None, "drop": b"", "store": value}[decision.pending],
            kind=decision.change,
            version=decision.version,
            card=item,
            bodies=bodies,
            release_us=lifecycle.release_us(story),
            expire_us=lifecycle.expire_us(story),
            receipt=receipt,
            traceparent=parsed.traceparent,
        )


def _receipt(parsed: Parsed, decision: Decision, now_ms: int) -> Receipt | None:
    """What a pusher can ask for under the event's id; nothing for what is over a week old, as in a rebuild."""
    event = parsed.event
    left = RECEIPT_SECONDS - (now_ms - parsed.at.log_ms) // 1000
    if isinstance(event, ClockEvent) or left <= 0:
        return None
    ref = _stands_for(event.raw, decision)
    body = {
        "id": event.id,
        "uri": parsed.uri,
        "version": event.article.version,
        "at": timestamp(parsed.at.log_ms),
        "partition": ref.partition,
        "offset": ref.offset,
    }
    if decision.outcome == "refused":
        body["refused"] = True
    return Receipt(event.id, orjson.dumps(body), min(left, RECEIPT_SECONDS))


def _stands_for(raw: RawRef, decision: Decision) -> Ref:
    """The event whose fate this one shares: an article pushed again to the letter is as good as the candidate."""
    own, candidate, visible = Ref(raw.partition, raw.offset), decision.story.candidate, decision.story.visible
    known = {version.ref for version in (candidate, visible) if version is not None}
    return candidate.ref if decision.outcome == "repeat" and candidate and own not in known else own
