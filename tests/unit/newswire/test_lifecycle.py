"""The state machine against a model of its own: the rules read off docs/lifecycle.md, over whole histories."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newswire.lifecycle import (
    Decision,
    Position,
    Record,
    Ref,
    Story,
    Version,
    advance,
    expire_us,
    release_us,
    version_number,
)

LATER = 1_000


def version(number: str, raw: int, **fields: Any) -> Version:
    return Version(ref=Ref(0, raw), revision=0, version=number, created_us=0, **fields)


def push(story: Story, one: Version, at: Position, status: str = "usable") -> Decision:
    return advance(story, Record("story", one.ref, status, "acme", one), at, 0)  # type: ignore[arg-type]


def tick(story: Story, kind: str, ref: Ref, at: Position) -> Decision:
    return advance(story, Record(kind, ref), at, 0)  # type: ignore[arg-type]


class TestVersionNumber:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            (None, "0"),
            ("0", "0"),
            ("2", "2"),
            ("2.5", "2.5"),
            ("999999999999999999", "999999999999999999"),
            ("9999999999999999999", "0"),
            ("01", "0"),
            ("+1", "0"),
            ("1.", "0"),
            ("٣", "0"),
            ("v2", "0"),
            ("", "0"),
        ],
    )
    def test_only_a_plain_decimal_counts(self, text: str | None, number: str) -> None:
        assert version_number(text) == Decimal(number)


class TestVisibility:
    def test_first_version_is_new_and_sets_published(self) -> None:
        decision = push(Story(), version("1", 0), Position(7, 50))
        assert (decision.change, decision.story.first, decision.story.published_ms) == ("new", 7, 50)

    def test_published_never_runs_behind_the_wire(self) -> None:
        record = Record("story", Ref(0, 0), "usable", "acme", version("1", 0))
        assert advance(Story(), record, Position(7, 50), 90).story.published_ms == 90

    def test_a_higher_version_updates_in_place(self) -> None:
        story = push(Story(), version("1", 0), Position(0, 10)).story
        decision = push(story, version("2", 1), Position(1, 20))
        assert decision.change == "update"
        assert (decision.story.first, decision.story.published_ms, decision.story.updated_ms) == (0, 10, 20)

    def test_a_lower_version_is_superseded(self) -> None:
        story = push(Story(), version("2", 0), Position(0, 10)).story
        decision = push(story, version("1", 1), Position(1, 20))
        assert (decision.outcome, decision.change, decision.story) == ("superseded", None, story)

    def test_at_equal_rank_the_later_arrival_wins(self) -> None:
        story = push(Story(), version("1", 0), Position(0, 10)).story
        assert push(story, version("1", 1), Position(1, 20)).change == "update"

    def test_the_same_record_again_changes_nothing(self) -> None:
        story = push(Story(), version("1", 0), Position(0, 10)).story
        decision = push(story, version("1", 0), Position(1, 20))
        assert (decision.outcome, decision.change, decision.story) == ("repeat", None, story)

    def test_the_same_article_pushed_again_changes_nothing(self) -> None:
        story = push(Story(), version("1", 0, digest="d"), Position(0, 10)).story
        again = push(story, version("1", 1, digest="d"), Position(1, 20))
        assert (again.outcome, again.change, again.story) == ("repeat", None, story)
        assert push(story, version("1", 1, digest="e"), Position(1, 20)).change == "update"

    def test_a_better_enrichment_updates_without_touching_updated(self) -> None:
        story = push(Story(), version("1", 0), Position(0, 10)).story
        decision = push(story, replace(version("1", 0), revision=1), Position(1, 20))
        assert (decision.change, decision.content, decision.story.updated_ms) == ("update", "record", 10)

    def test_a_better_enrichment_under_embargo_only_replaces_what_waits(self) -> None:
        story = push(Story(), version("1", 0, embargo_us=99_000), Position(0, 10)).story
        decision = push(story, replace(version("1", 0, embargo_us=99_000), revision=1), Position(1, 20))
        assert (decision.change, decision.pending) == (None, "store")

    def test_another_provider_is_refused(self) -> None:
        story = push(Story(), version("1", 0), Position(0, 10)).story
        record = Record("story", Ref(0, 1), "canceled", "other", version("2", 1))
        assert advance(story, record, Position(1, 20), 0) == Decision(story, "refused")


class TestKill:
    def test_ends_what_was_visible(self) -> None:
        story = push(Story(), version("1", 0), Position(0, 10)).story
        decision = push(story, version("0", 1), Position(1, 20), "canceled")
        assert (decision.change, decision.story.killed, decision.story.gone) == ("kill", True, True)

    def test_of_an_unknown_uri_blocks_it_silently(self) -> None:
        killed = push(Story(), version("1", 0), Position(0, 10), "canceled")
        assert (killed.change, killed.story.gone) == (None, False)
        assert push(killed.story, version("9", 1), Position(1, 20)).change is None

    def test_a_second_one_changes_nothing(self) -> None:
        killed = push(
            push(Story(), version("1", 0), Position(0, 10)).story, version("1", 1), Position(1, 20), "canceled"
        )
        again = push(killed.story, version("1", 2), Position(2, 30), "canceled")
        assert (again.outcome, again.change, again.story) == ("killed", None, killed.story)

    def test_under_embargo_drops_what_waits(self) -> None:
        story = push(Story(), version("1", 0, embargo_us=99_000), Position(0, 10)).story
        killed = push(story, version("2", 1), Position(1, 20), "canceled")
        assert (killed.change, killed.pending, release_us(killed.story)) == (None, "drop", None)
        assert tick(killed.story, "release", Ref(0, 0), Position(2, 100)).outcome == "void"


class TestWithheld:
    def test_acts_at_once_even_under_embargo(self) -> None:
        story = push(Story(), version("1", 0), Position(0, 10)).story
        decision = push(story, version("2", 1, embargo_us=99_000), Position(1, 20), "withheld")
        assert (decision.change, decision.story.gone) == ("withdraw", False)

    def test_a_higher_usable_version_brings_it_back_as_new_at_its_old_place(self) -> None:
        story = push(Story(), version("1", 0), Position(0, 10)).story
        story = push(story, version("2", 1), Position(1, 20), "withheld").story
        decision = push(story, version("3", 2), Position(2, 30))
        assert (decision.change, decision.story.first, decision.story.published_ms) == ("new", 0, 10)


class TestEmbargo:
    def test_waits_for_a_release_by_log_time(self) -> None:
        pending = push(Story(), version("1", 0, embargo_us=50_000), Position(0, 10))
        assert (pending.change, pending.pending, release_us(pending.story)) == (None, "store", 50_000)
        early = tick(pending.story, "release", Ref(0, 0), Position(1, 49))
        assert (early.outcome, early.story) == ("void", pending.story)
        released = tick(pending.story, "release", Ref(0, 0), Position(2, 50))
        assert (released.change, released.content, released.story.published_ms) == ("new", "pending", 50)
        assert tick(released.story, "release", Ref(0, 0), Position(3, 60)).outcome == "void"

    def test_the_visible_version_stays_until_the_candidate_is_due(self) -> None:
        story = push(Story(), version("1", 0), Position(0, 10)).story
        pending = push(story, version("2", 1, embargo_us=50_000), Position(1, 20)).story
        assert pending.visible is not None
        assert pending.visible.version == "1"
        assert tick(pending, "release", Ref(0, 1), Position(2, 50)).change == "update"

    def test_a_higher_version_without_embargo_overtakes_it(self) -> None:
        story = push(Story(), version("1", 0, embargo_us=50_000), Position(0, 10)).story
        decision = push(story, version("2", 1), Position(1, 20))
        assert (decision.change, decision.pending) == ("new", "drop")
        assert tick(decision.story, "release", Ref(0, 0), Position(2, 60)).outcome == "void"

    def test_over_by_log_time_is_no_embargo(self) -> None:
        assert push(Story(), version("1", 0, embargo_us=10_000), Position(0, 10)).change == "new"


class TestExpiry:
    def test_goes_by_log_time(self) -> None:
        story = push(Story(), version("1", 0, expires_us=50_000), Position(0, 10)).story
        assert expire_us(story) == 50_000
        assert tick(story, "expire", Ref(0, 0), Position(1, 49)).outcome == "void"
        gone = tick(story, "expire", Ref(0, 0), Position(2, 50))
        assert (gone.change, gone.story.gone) == ("expire", True)
        assert tick(gone.story, "expire", Ref(0, 0), Position(3, 60)).outcome == "void"

    def test_a_higher_version_brings_it_back(self) -> None:
        story = push(Story(), version("1", 0, expires_us=50_000), Position(0, 10)).story
        story = tick(story, "expire", Ref(0, 0), Position(1, 50)).story
        assert push(story, version("2", 1), Position(2, 60)).change == "new"

    def test_a_version_that_comes_too_late_ends_the_one_before(self) -> None:
        story = push(Story(), version("1", 0), Position(0, 10)).story
        assert push(story, version("2", 1, expires_us=15_000), Position(1, 20)).change == "expire"

    def test_of_the_visible_version_leaves_the_one_under_embargo_waiting(self) -> None:
        story = push(Story(), version("1", 0, expires_us=30_000), Position(0, 10)).story
        story = push(story, version("2", 1, embargo_us=50_000), Position(1, 20)).story
        gone = tick(story, "expire", Ref(0, 0), Position(2, 30))
        assert (gone.change, release_us(gone.story)) == ("expire", 50_000)
        assert tick(gone.story, "release", Ref(0, 1), Position(3, 50)).change == "new"


@dataclass(frozen=True)
class Accepted:
    """One accepted version of the histories below; instants in ms."""

    raw: int
    number: int
    status: str
    embargo: int | None
    expires: int | None

    @property
    def version(self) -> Version:
        return version(
            str(self.number),
            self.raw,
            digest=f"{self.number} {self.status} {self.embargo} {self.expires}",
            embargo_us=None if self.embargo is None else self.embargo * 1000,
            expires_us=None if self.expires is None else self.expires * 1000,
        )


def visible_at_the_end(history: list[Accepted], end: int) -> str | None:
    """The model: which article (by digest) readers see once all is said and the clock stands at `end`."""
    if any(one.status == "canceled" for one in history):
        return None
    best = max(history, key=lambda one: (one.number, one.raw))
    if best.status == "withheld" or (best.expires is not None and best.expires <= end):
        return None
    return best.version.digest


INSTANT = st.one_of(st.none(), st.integers(1, 60))
VERSIONS = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(["usable", "usable", "usable", "withheld", "canceled"]), INSTANT, INSTANT
    ),
    min_size=1,
    max_size=5,
).map(lambda rows: [Accepted(raw, *row) for raw, row in enumerate(rows)])


class Wire:
    """Plays records to the machine as the projector and an honest clock would."""

    def __init__(self) -> None:
        self.story = Story()
        self.offset = itertools.count()
        self.shown: list[tuple[int, str, int | None]] = []

    def accept(self, one: Accepted, now: int) -> None:
        self.note(push(self.story, one.version, Position(next(self.offset), now), one.status), now)

    def clock(self, now: int) -> None:
        for _ in range(4):  # a release may be followed by an expiry of the same version, and so on
            release, expire = release_us(self.story), expire_us(self.story)
            if release is not None and release <= now * 1000:
                assert self.story.candidate is not None
                self.note(tick(self.story, "release", self.story.candidate.ref, Position(next(self.offset), now)), now)
            if expire is not None and expire <= now * 1000 and self.story.visible is not None:
                self.note(tick(self.story, "expire", self.story.visible.ref, Position(next(self.offset), now)), now)

    def note(self, decision: Decision, now: int) -> None:
        self.story = decision.story
        if decision.change:
            seen = self.story.visible.ref.offset if self.story.visible else None
            self.shown.append((now, decision.change, seen))


@settings(max_examples=400)
@given(VERSIONS, st.data())
def test_final_state_is_the_model_s_in_every_order_and_nothing_leaks(
    history: list[Accepted], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(history))
    gaps = data.draw(st.lists(st.integers(0, 15), min_size=len(order), max_size=len(order)))
    wire, now = Wire(), 0
    for one, gap in zip(order, gaps, strict=True):
        now += gap
        wire.clock(now)
        wire.accept(one, now)
        for again in data.draw(st.lists(st.sampled_from(order[: order.index(one) + 1]), max_size=1)):
            wire.accept(again, now)  # at-least-once: a record that came before comes again
        check_no_leak(wire, history, now)
    wire.clock(LATER)
    final = wire.story.visible.digest if wire.story.visible else None
    assert final == visible_at_the_end(history, LATER)
    check_changes(wire, history)


def check_no_leak(wire: Wire, history: list[Accepted], now: int) -> None:
    visible = wire.story.visible
    if visible is None:
        return
    shown = next(one for one in history if one.raw == visible.ref.offset)
    assert shown.status == "usable"
    assert shown.embargo is None or shown.embargo <= now
    assert shown.expires is None or shown.expires > now
    assert not wire.story.killed


def check_changes(wire: Wire, history: list[Accepted]) -> None:
    """Every change that shows a version does so in its time, and kinds follow each other as readers expect."""
    there = False
    for now, kind, seen in wire.shown:
        assert (kind in {"new", "update"}) == (seen is not None)
        if kind == "kill":
            there = False
            continue
        assert there == (kind != "new")
        there = kind in {"new", "update"}
        if seen is not None:
            one = next(one for one in history if one.raw == seen)
            assert one.embargo is None or one.embargo <= now
            assert one.expires is None or one.expires > now
