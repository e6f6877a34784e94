"""Ingest's answers, read: what became of each story that was sent. Pure."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from newswire.cli.outcomes import Outcome, failed
from newswire.cli.stories import nth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from newswire.cli.stories import Story


def outcomes_of(status: int, body: object, reason: str, stories: Sequence[Story]) -> list[list[Outcome]]:
    """What an answer says of each story that was sent: one outcome, or those of what a document holds."""
    answer: dict[str, Any] = body if isinstance(body, dict) else {}
    results = answer.get("results")
    if not isinstance(results, list):
        if len(stories) > 1 and status < HTTPStatus.BAD_REQUEST:
            return [[failed(story, None, f"an answer that cannot be read ({status})")] for story in stories]
        return [[_outcome(status, answer, answer or {"detail": reason}, story)] for story in stories]
    if len(stories) == 1:
        return [[_result(result, stories[0], number) for number, result in enumerate(results, 1)]]
    if len(results) != len(stories):
        return [[failed(story, None, f"{len(results)} results for {len(stories)} stories")] for story in stories]
    return [[_result(result, story, None)] for result, story in zip(results, stories, strict=True)]


def _result(result: object, story: Story, number: int | None) -> Outcome:
    """One of `results[]`; `number` is its place in a document, where that is what was sent."""
    told: dict[str, Any] = result if isinstance(result, dict) else {}
    status, problem = told.get("status"), told.get("problem")
    found = _outcome(status if isinstance(status, int) else None, told, problem, story)
    if number is None:
        return found
    return replace(found, place=nth(story.place, number))


def _outcome(status: int | None, told: Mapping[str, Any], problem: object, story: Story) -> Outcome:
    uri, version = told.get("uri"), told.get("version")
    return Outcome(
        status,
        uri if isinstance(uri, str) else story.uri,
        version if isinstance(version, str) else None,
        problem if isinstance(problem, dict) and status != HTTPStatus.ACCEPTED else {},
        told.get("duplicate") is True,
        story.place,
    )
