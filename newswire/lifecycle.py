"""The life of a story: one state machine, pure. state x record x log position -> state and what follows from it.

Nothing here reads a clock: whether an embargo is over or a version has expired is told by the log time of the
record at hand, so that a replay of the log decides as the first run did. docs/lifecycle.md has it as a table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from newswire.events import encode
from newswire.instants import instant_us

if TYPE_CHECKING:
    from newswire.article import PubStatus
    from newswire.events import ArticleEvent, ClockEvent, EnrichedEvent

Kind = Literal["new", "update", "withdraw", "kill", "expire"]
Phase = Literal["pending", "visible", "withheld", "expired"]
Outcome = Literal["shown", "pending", "withheld", "expired", "killed", "superseded", "repeat", "void", "refused"]
Content = Literal["record", "pending", "none"]

_NUMBER = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_MAX_DIGITS: Final = 18
_DIGEST_BYTES: Final = 8


class Rank(NamedTuple):
    """What decides between two versions of a story: compared left to right."""

    number: Decimal
    created_us: int
    raw_offset: int


class Ref(NamedTuple):
    """Where an accepted event stands in articles.raw."""

    partition: int
    offset: int


class Position(NamedTuple):
    """Where a record stands in articles.enriched, and the broker's time of writing it there (ms)."""

    offset: int
    log_ms: int


@dataclass(frozen=True, slots=True)
class Version:
    """What the state machine knows of one accepted version. Instants in microseconds since 1970.

    `digest` tells whether two events are the same article to the letter.
    """

    ref: Ref
    revision: int
    version: str | None
    created_us: int
    embargo_us: int | None = None
    expires_us: int | None = None
    digest: str = ""

    @property
    def rank(self) -> Rank:
        """Its place among the story's versions."""
        return Rank(version_number(self.version), self.created_us, self.ref.offset)

    def due(self, log_ms: int) -> bool:
        """Whether its embargo, if it had one, is over."""
        return self.embargo_us is None or log_ms * 1000 >= self.embargo_us

    def expired(self, log_ms: int) -> bool:
        """Whether its time is over."""
        return self.expires_us is not None and log_ms * 1000 >= self.expires_us


@dataclass(frozen=True, slots=True)
class Story:
    """The state of one uri. `first` is the change number that made it visible first, -1 before.

    `shown` is the version that was visible last, and still may be; `ended` what ended it, if something did.
    """

    owner: str | None = None
    killed: bool = False
    candidate: Version | None = None
    phase: Phase | None = None
    visible: Version | None = None
    first: int = -1
    published_ms: int = 0
    updated_ms: int = 0
    ended: Kind | None = None
    shown: Ref | None = None

    @property
    def gone(self) -> bool:
        """Whether it was visible and is so no more, by a kill or an expiry."""
        return self.visible is None and self.first >= 0 and self.ended in {"kill", "expire"}


@dataclass(frozen=True, slots=True)
class Record:
    """What a record of articles.enriched asks for, story events and the clock's alike."""

    kind: Literal["story", "release", "expire"]
    ref: Ref
    status: PubStatus = "usable"
    provider: str | None = None
    version: Version | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a record.

    `change` is a change that readers see, if any, and `content` where the story that it shows comes from: the
    record itself or what was kept as pending. `pending` says what becomes of the kept content.
    """

    story: Story
    outcome: Outcome
    change: Kind | None = None
    version: str | None = None
    content: Content = "none"
    pending: Literal["keep", "store", "drop"] = "keep"


def version_number(text: str | None) -> Decimal:
    """The number that a version is; 0 for what is none. At most 18 digits, no sign, no leading zeros."""
    if text is None or not _NUMBER.fullmatch(text) or len(text.replace(".", "")) > _MAX_DIGITS:
        return Decimal(0)
    return Decimal(text)


def version_of(event: ArticleEvent, ref: Ref, revision: int = 0) -> Version:
    """The version that an accepted event stands for. `versionCreated` absent is the time of acceptance."""
    article = event.article
    return Version(
        ref=ref,
        revision=revision,
        version=article.version,
        created_us=instant_us(article.version_created or event.accepted),
        embargo_us=instant_us(article.embargoed_until) if article.embargoed_until else None,
        expires_us=instant_us(article.expires) if article.expires else None,
        digest=blake2b(encode(article), digest_size=_DIGEST_BYTES).hexdigest(),
    )


def record_of(event: EnrichedEvent | ClockEvent) -> Record:
    """What an event of articles.enriched asks of the state machine."""
    ref = Ref(event.raw.partition, event.raw.offset)
    if event.kind != "story":
        return Record(event.kind, ref)
    return Record("story", ref, event.article.status, event.provider, version_of(event, ref, event.revision))


def advance(story: Story, record: Record, at: Position, newest_ms: int) -> Decision:
    """The decision on one record. `newest_ms` is the newest `published` of the whole wire so far."""
    if record.version is None:
        return _tick(story, record, at, newest_ms)
    if story.owner is not None and record.provider != story.owner:
        return Decision(story, "refused")
    if story.killed:
        return Decision(story, "killed")
    if story.owner is None:
        story = replace(story, owner=record.provider)
    if record.status == "canceled":
        return _kill(story, record.version)
    return _arrive(story, record.status, record.version, at, newest_ms)


def release_us(story: Story) -> int | None:
    """When the clock must write a `release` for the candidate."""
    return story.candidate.embargo_us if story.candidate and story.phase == "pending" else None


def expire_us(story: Story) -> int | None:
    """When the clock must write an `expire` for the visible version."""
    return story.visible.expires_us if story.visible else None


def _kill(story: Story, version: Version) -> Decision:
    seen = story.first >= 0
    dead = replace(story, killed=True, candidate=None, phase=None, visible=None, ended="kill")
    return Decision(dead, "killed", "kill" if seen else None, version.version, pending="drop")


def _arrive(story: Story, status: PubStatus, version: Version, at: Position, newest_ms: int) -> Decision:
    for known in (story.candidate, story.visible):
        if known is not None and known.ref == version.ref:
            return _enriched_again(story, known, version)
    if story.candidate is not None and version.digest and version.digest == story.candidate.digest:
        # Pushed again, since the first answer was lost or never came: nothing new for anybody.
        return Decision(story, "repeat")
    if story.candidate is not None and version.rank <= story.candidate.rank:
        return Decision(story, "superseded")
    story = replace(story, candidate=version)
    if status == "withheld":
        return _end(story, "withheld", "withdraw", version)
    if not version.due(at.log_ms):
        return Decision(replace(story, phase="pending"), "pending", pending="store")
    return _fall_due(story, version, at, newest_ms, "record")


def _enriched_again(story: Story, known: Version, version: Version) -> Decision:
    """The same accepted event: a repeat, or a better enrichment that takes the place of the former."""
    if version.revision <= known.revision:
        return Decision(story, "repeat")
    visible = story.visible is not None and story.visible.ref == version.ref
    candidate = story.candidate is not None and story.candidate.ref == version.ref
    story = replace(
        story,
        candidate=version if candidate else story.candidate,
        visible=version if visible else story.visible,
    )
    if visible:
        return Decision(story, "shown", "update", version.version, "record")
    if story.phase == "pending":
        return Decision(story, "pending", pending="store")
    return Decision(story, "repeat")


def _fall_due(story: Story, version: Version, at: Position, newest_ms: int, content: Content) -> Decision:
    """The candidate may be seen now, unless its time is over already."""
    if version.expired(at.log_ms):
        return _end(story, "expired", "expire", version)
    kind: Kind = "update" if story.visible else "new"
    shown = replace(story, phase="visible", visible=version, updated_ms=at.log_ms, ended=None, shown=version.ref)
    if story.first < 0:
        shown = replace(shown, first=at.offset, published_ms=max(at.log_ms, newest_ms))
    return Decision(shown, "shown", kind, version.version, content, pending="drop")


def _end(story: Story, phase: Phase, kind: Kind, version: Version) -> Decision:
    """Nothing of the story is visible any more; a change only where something was."""
    seen = story.visible is not None
    ended = replace(story, phase=phase, visible=None, ended=kind)
    outcome: Outcome = "withheld" if phase == "withheld" else "expired"
    return Decision(ended, outcome, kind if seen else None, version.version, pending="drop")


def _tick(story: Story, record: Record, at: Position, newest_ms: int) -> Decision:
    """A record of the clock: void unless it speaks of what is there, and its instant has come by the log."""
    if record.kind == "release":
        version = story.candidate
        if version is None or story.phase != "pending" or version.ref != record.ref or not version.due(at.log_ms):
            return Decision(story, "void")
        return _fall_due(story, version, at, newest_ms, "pending")
    version = story.visible
    if version is None or version.ref != record.ref or not version.expired(at.log_ms):
        return Decision(story, "void")
    return _expire(story, version)


def _expire(story: Story, version: Version) -> Decision:
    """The visible version goes; a candidate that still waits for its embargo stays."""
    phase: Phase | None = "pending" if story.phase == "pending" else "expired"
    ended = replace(story, phase=phase, visible=None, ended="expire")
    return Decision(ended, "expired", "expire", version.version)
