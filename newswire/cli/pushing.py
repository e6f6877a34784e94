"""Stories -> HTTP: pushes many, the versions of one story in order, with bounded retries."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx

from newswire.cli.answers import outcomes_of
from newswire.cli.outcomes import Outcome, failed
from newswire.cli.stories import JSON
from newswire.cli.turns import Most, Turns
from newswire.cli.waits import pause, wait_before

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from newswire.cli.stories import Story

    # Told of each story, by its index, once: what became of it, or of the stories in it.
    Done = Callable[[int, Sequence[Outcome]], None]

MAX_ATTEMPTS: Final = 7
MANY: Final = 20
"""From so many stories in JSON on they go in batches."""
# Ingest would take 500 and 8 MiB. These are through a slow line within the 30 s that it gives a request, and cost
# little when they have to be sent again.
BATCH: Final = Most(100, 2 * 1024 * 1024)
_SINGLE: Final = Most(1, 0)
# Several were no faster when tried, and the feed would not have the file's order.
_BATCHES_AT_ONCE: Final = 1
_SINGLES_AT_ONCE: Final = 8
_FIRST_WAIT_SECONDS: Final = 0.25
# Longer than ingest waits for Kafka.
_TIMEOUT_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where to push, with which key. `first_wait_seconds` doubles with each attempt.

    Once `stopping` is set nothing is tried again, nor begun.
    """

    url: str
    key: str = field(repr=False)
    first_wait_seconds: float = _FIRST_WAIT_SECONDS
    transport: httpx.AsyncBaseTransport | None = None
    stopping: asyncio.Event | None = field(default=None, compare=False)


async def push_all(target: Target, stories: Sequence[Story], done: Done) -> None:
    """Push every story, and tell `done` what became of each.

    Those of one uri go one after the other, in the order given. Once ingest takes one not even in the last attempt,
    because of nothing that is wrong with it, the rest is not tried any more.
    """
    many = sum(story.content_type == JSON for story in stories) >= MANY
    turns = Turns(stories, BATCH if many else _SINGLE)
    async with httpx.AsyncClient(
        base_url=target.url,
        headers={"Authorization": f"Bearer {target.key}"},
        timeout=_TIMEOUT_SECONDS,
        transport=target.transport,
        trust_env=False,
    ) as client:
        pusher = _Pusher(target, client, stories, done)

        async def work() -> None:
            # Where nothing is ready, another worker has what comes before, and goes on with what comes after.
            while taken := turns.take():
                await pusher.push(taken)
                turns.release(taken)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(len(stories), _BATCHES_AT_ONCE if many else _SINGLES_AT_ONCE)):
                group.create_task(work())


@dataclass(slots=True)
class _Pusher:
    target: Target
    client: httpx.AsyncClient
    stories: Sequence[Story]
    done: Done
    away: str = ""
    run: uuid.UUID = field(default_factory=uuid.uuid4)

    async def push(self, taken: Sequence[int]) -> None:
        """Send these in one request, and again those that may be taken later, until `done` was told of all."""
        if self.away or self._stopping():
            self._tell({index: self._failed(index, f"not tried: {self.away or 'stopped'}") for index in taken})
            return
        left = taken
        for attempt in range(1, MAX_ATTEMPTS + 1):
            found, after = await self._ask(left)
            left = [index for index in left if any(outcome.passing for outcome in found[index])]
            unsettled = {index: found.pop(index) for index in left}
            self._tell(found)
            if left and attempt < MAX_ATTEMPTS:
                await pause(self.target.stopping, wait_before(attempt, self.target.first_wait_seconds, after))
            if not left or self._stopping():
                break
        self.away = self.away or _reason(unsettled)
        self._tell(unsettled)

    async def _ask(self, sent: Sequence[int]) -> tuple[dict[int, list[Outcome]], str | None]:
        """What ingest says of each, and how long it wants to be left alone."""
        stories = [self.stories[index] for index in sent]
        # The same stories are the same push, whatever became of its first answer. Not their text is what tells: A, B
        # and again A are three pushes.
        key = uuid.uuid5(self.run, repr(sent))
        try:
            response = await self.client.send(_request(self.client, stories, key))
        except httpx.TransportError as error:
            detail = f"{self.client.base_url} cannot be reached: {str(error) or type(error).__name__}"
            return {index: self._failed(index, detail) for index in sent}, None
        outcomes = outcomes_of(response.status_code, _json(response), response.reason_phrase, stories)
        return dict(zip(sent, outcomes, strict=True)), response.headers.get("retry-after")

    def _tell(self, found: Mapping[int, Sequence[Outcome]]) -> None:
        for index, outcomes in found.items():
            self.done(index, outcomes)

    def _failed(self, index: int, detail: str) -> list[Outcome]:
        return [failed(self.stories[index], None, detail)]

    def _stopping(self) -> bool:
        return self.target.stopping is not None and self.target.stopping.is_set()


def _request(client: httpx.AsyncClient, stories: Sequence[Story], key: uuid.UUID) -> httpx.Request:
    path, content_type, content = "/v1/stories", stories[0].content_type, stories[0].text
    if len(stories) > 1:
        path, content_type = f"{path}/batch", "application/x-ndjson"
        # A line break in a story stands between its parts: in a string of JSON there can be none.
        content = b"\n".join(story.text.replace(b"\n", b" ") for story in stories)
    headers = {"Content-Type": content_type, "Idempotency-Key": f'"{key}"'}
    return client.build_request("POST", path, content=content, headers=headers)


def _json(response: httpx.Response) -> object:
    try:
        body: object = response.json()
    except ValueError:
        return None
    return body


def _reason(unsettled: Mapping[int, Sequence[Outcome]]) -> str:
    passing = (outcome for each in unsettled.values() for outcome in each if outcome.passing)
    return next((str(outcome.problem.get("detail") or outcome.status) for outcome in passing), "")
