"""What became of stories: a line for each, and what the process says in the end. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from newswire.cli.stories import Story

REFUSED: Final = 1
NOT_NOW: Final = 3
NOT_SENT: Final = 0
"""The status of what was not sent, for something wrong with it that shows already here."""
# 409: the same request, whose answer was lost, is still under way.
_PASSING: Final = frozenset(
    {
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
# The story is at fault, or nobody but ingest's developers can tell.
_FOR_GOOD: Final = frozenset(
    {
        NOT_SENT,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one story. `status` is None when that is not known: ingest could not be reached, or not read.

    `place` is where it stands in what was pushed, `problem` what was wrong with it (RFC 9457).
    """

    status: int | None
    uri: str | None
    version: str | None = None
    problem: Mapping[str, Any] = field(default_factory=dict)
    duplicate: bool = False
    place: str = ""

    @property
    def accepted(self) -> bool:
        """Whether Kafka holds it."""
        return self.status == HTTPStatus.ACCEPTED

    @property
    def passing(self) -> bool:
        """Whether the same push may be accepted later."""
        return self.status is None or self.status in _PASSING

    @property
    def at_fault(self) -> bool:
        """Whether it is refused for what it is, and not, say, for a key that has been revoked."""
        return self.status in _FOR_GOOD


def failed(story: Story, status: int | None, detail: str) -> Outcome:
    """The outcome of a story that no answer tells of."""
    return Outcome(status, story.uri, problem={"detail": detail}, place=story.place)


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """What the process says: 3 (try again later) is stronger than 1 (some are refused)."""
    found = [outcome for outcome in outcomes if not outcome.accepted]
    if any(outcome.passing for outcome in found):
        return NOT_NOW
    return REFUSED if found else 0


def line_of(outcome: Outcome) -> str:
    """One line: status, uri, and the version or what was wrong."""
    parts = [str(outcome.status or "---"), outcome.uri or outcome.place or "(no uri)"]
    if outcome.version is not None:
        parts.append(f"version {outcome.version}")
    if outcome.duplicate:
        parts.append("duplicate")
    return printable("  ".join([*parts, *_faults(outcome.problem)]))


def tally(outcomes: Sequence[Outcome]) -> str:
    """How many were accepted, and how many were not."""
    accepted = sum(outcome.accepted for outcome in outcomes)
    passing = sum(outcome.passing for outcome in outcomes)
    counts = ((accepted, "accepted"), (len(outcomes) - accepted - passing, "refused"), (passing, "not taken now"))
    return ", ".join(f"{count} {what}" for count, what in counts if count) or "no story in it"


def results(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """The outcomes in the form of a batch's answer, each with its place."""
    told = (
        {
            "status": outcome.status,
            "place": outcome.place,
            "uri": outcome.uri,
            "version": outcome.version,
            "problem": outcome.problem,
        }
        for outcome in outcomes
    )
    return [{name: value for name, value in one.items() if value} for one in told]


def _faults(problem: Mapping[str, Any]) -> list[str]:
    detail, errors = problem.get("detail") or problem.get("title"), problem.get("errors")
    told = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    faults = [error for error in told if error.get("detail") != detail]
    return [
        *([str(detail)] if detail else []),
        *(f"{error.get('pointer') or '(whole)'}: {error.get('detail')}" for error in faults),
    ]


def printable(text: str) -> str:
    """The text as one line: a uri, or a file's name, must not move a terminal's cursor."""
    return text.translate(_Printable())


class _Printable(dict[int, str]):
    def __missing__(self, code: int) -> str:
        character = chr(code)
        return character if character.isprintable() else character.encode("unicode_escape").decode()
