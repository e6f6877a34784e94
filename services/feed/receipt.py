"""What became of a pushed event, told from the state of its story. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import RFC_4122, UUID

from newswire.lifecycle import Ref
from newswire.problem import problem_body
from services.feed.card import timestamp

if TYPE_CHECKING:
    from newswire.lifecycle import Kind, Phase, Story
    from services.feed.store.reader import Pushed

State = Literal["pending", "visible", "embargoed", "superseded", "killed", "withheld", "expired", "dead-lettered"]

PENDING_MS: Final = 7 * 24 * 3600 * 1000
# How far the clock of whoever made the id may be ahead of ours.
_AHEAD_MS: Final = 5 * 60 * 1000
_BY_PHASE: Final[dict[Phase | None, State]] = {"pending": "embargoed", "withheld": "withheld", "expired": "expired"}
# An older version that was visible until it ended, while a newer one has not been visible yet.
_BY_ENDING: Final[dict[Kind | None, State]] = {"expire": "expired", "withdraw": "withheld"}
_NOT_OWNER: Final = problem_body(403, "not-owner", "another provider's story stands under this uri")


def receipt(pushed: Pushed) -> dict[str, Any]:
    """The answer on an event that has come through."""
    known = pushed.receipt
    answer: dict[str, Any] = {"id": known["id"], "uri": known["uri"], "version": known["version"]}
    answer["state"] = state = _state(pushed)
    if state == "visible" and pushed.change is not None:
        answer["change"] = pushed.change
    answer["at"] = known["at"]
    if state == "dead-lettered":
        answer["problem"] = _NOT_OWNER
    return answer


def unseen(event_id: str, now_ms: int) -> dict[str, Any] | None:
    """The answer on an id that nothing is known of: pending while it may be on its way, else None."""
    made_ms = _made_ms(event_id)
    if made_ms is None or not now_ms - PENDING_MS < made_ms <= now_ms + _AHEAD_MS:
        return None
    return {"id": event_id, "state": "pending", "at": timestamp(made_ms)}


def _state(pushed: Pushed) -> State:
    if pushed.receipt.get("refused"):
        return "dead-lettered"
    if pushed.story is None:
        return "pending"
    if pushed.story.killed:
        return "killed"
    return _version_state(pushed.story, Ref(pushed.receipt["partition"], pushed.receipt["offset"]))


def _version_state(story: Story, ref: Ref) -> State:
    if story.visible is not None and story.visible.ref == ref:
        return "visible"
    if story.candidate is not None and story.candidate.ref == ref:
        return _BY_PHASE.get(story.phase, "superseded")
    if story.visible is None and story.shown == ref:
        return _BY_ENDING.get(story.ended, "superseded")
    return "superseded"


def _made_ms(event_id: str) -> int | None:
    """The time in a UUIDv7 (RFC 9562), in its usual spelling; None for what is none."""
    try:
        known = UUID(event_id)
    except ValueError:
        return None
    if str(known) != event_id or known.version != 7 or known.variant != RFC_4122:  # noqa: PLR2004 - the version's number
        return None
    return known.int >> 80
