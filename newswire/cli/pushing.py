"""Stories -> HTTP: pushes many, the versions of one story in order, with bounded retries."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import httpx

from newswire.errors import FailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newswire.cli.stories import Story

CONCURRENCY: Final = 8
MAX_ATTEMPTS: Final = 7
_FIRST_WAIT_SECONDS: Final = 0.25
_LONGEST_WAIT_SECONDS: Final = 15.0
# Longer than ingest waits for Kafka.
_TIMEOUT_SECONDS: Final = 15.0
_RETRIED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one story. `status` is None when ingest could not be reached."""

    status: int | None
    uri: str | None
    version: str | None = None
    detail: str = ""
    errors: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether Kafka holds it."""
        return self.status == HTTPStatus.ACCEPTED


@dataclass(frozen=True, slots=True)
class Target:
    """Where to push, with which key. `first_wait_seconds` doubles with each attempt."""

    url: str
    key: str
    first_wait_seconds: float = _FIRST_WAIT_SECONDS
    transport: httpx.AsyncBaseTransport | None = None


async def push_all(target: Target, stories: Sequence[Story], done: Callable[[int, Outcome], None]) -> None:
    """Push every story, and tell `done` what became of each, by its index.

    Stories of one uri go one after the other, in the order given. Once ingest cannot be reached, the rest is not
    tried any more.
    """
    lines: dict[str | int, list[int]] = {}
    for index, story in enumerate(stories):
        lines.setdefault(index if story.uri is None else story.uri, []).append(index)
    waiting = iter(lines.values())
    away: list[str] = []
    async with httpx.AsyncClient(
        base_url=target.url,
        headers={"Authorization": f"Bearer {target.key}", "Content-Type": "application/json"},
        timeout=_TIMEOUT_SECONDS,
        transport=target.transport,
        trust_env=False,
    ) as client:

        async def work() -> None:
            for line in waiting:
                for index in line:
                    story = stories[index]
                    if away:
                        done(index, Outcome(None, story.uri, detail=away[0]))
                        continue
                    try:
                        done(index, await _push(client, story, target.first_wait_seconds))
                    except FailedError as error:
                        away.append(str(error))
                        done(index, Outcome(None, story.uri, detail=str(error)))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(CONCURRENCY, len(lines))):
                group.create_task(work())


async def _push(client: httpx.AsyncClient, story: Story, wait_seconds: float) -> Outcome:
    """What ingest says in the end. Raises FailedError when it cannot be reached at all."""
    attempt = 1
    while True:
        last = attempt == MAX_ATTEMPTS
        try:
            response = await client.post("/v1/stories", content=story.text)
        except httpx.TransportError as error:
            if last:
                msg = f"{client.base_url} cannot be reached: {str(error) or type(error).__name__}"
                raise FailedError(msg) from error
            after = None
        else:
            if last or response.status_code not in _RETRIED:
                return outcome_of(response, story)
            after = response.headers.get("retry-after")
        await asyncio.sleep(wait_before(attempt, wait_seconds, after))
        attempt += 1


def wait_before(attempt: int, first_seconds: float, retry_after: str | None) -> float:
    """How long to wait after an attempt: doubling, with jitter, and no shorter than `Retry-After` asks."""
    backoff = first_seconds * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
    asked = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdecimal() else 0.0
    return min(max(backoff, asked), _LONGEST_WAIT_SECONDS)


def outcome_of(response: httpx.Response, story: Story) -> Outcome:
    """An answer, as far as it can be read."""
    try:
        body = response.json()
    except ValueError:
        body = None
    answer: dict[str, Any] = body if isinstance(body, dict) else {}
    if response.status_code == HTTPStatus.ACCEPTED:
        return Outcome(response.status_code, answer.get("uri"), answer.get("version"))
    detail = str(answer.get("detail") or response.reason_phrase)
    errors = [error for error in answer.get("errors", ()) if isinstance(error, dict) and error.get("detail") != detail]
    return Outcome(
        response.status_code,
        story.uri,
        detail=detail,
        errors=tuple(f"{error.get('pointer') or '(whole)'}: {error.get('detail')}" for error in errors),
    )
