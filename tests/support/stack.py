"""`newswire up` as a child process, and what a newsroom, a reader and an operator's accident do to it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

START_SECONDS = 90.0
RESTART_SECONDS = 60.0


class RunningStack:
    """One `newswire up`, without samples unless asked for."""

    def __init__(self, folder: Path, port_base: int, *options: str) -> None:
        self.folder = folder
        self.ready_file = folder / "ready.json"
        self.log = folder / "up.log"
        self._arguments = [
            *("--data", str(folder / "data"), "--port-base", str(port_base), "--ready-file", str(self.ready_file)),
            *(options or ("--no-samples",)),
        ]
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "newswire", "up", *self._arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it as a person would; says its exit code. Fails after 30 s."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def wait_ready(self) -> None:
        """Return once the ready file is there; fails with the log's end."""
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while not self.ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                message = f"newswire up did not start: {self.log.read_text('utf-8')[-2000:]}"
                raise AssertionError(message)
            time.sleep(0.05)

    @property
    def ready(self) -> dict[str, Any]:
        """The ready file's content."""
        content: dict[str, Any] = json.loads(self.ready_file.read_text("utf-8"))
        return content

    def kill(self, name: str) -> int:
        """kill -9 one of the processes; says which pid it had."""
        pid: int = self.ready["pids"][name]
        os.kill(pid, signal.SIGKILL)
        return pid

    async def restarted(self, name: str, pid: int) -> None:
        """Return once the ready file names another process."""
        async with asyncio.timeout(RESTART_SECONDS):
            while not self.ready_file.exists() or self.ready["pids"][name] in {pid, None}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """A newsroom's and a reader's client."""
        ready = self.ready
        limits = httpx.Limits(max_connections=64)
        async with httpx.AsyncClient(timeout=httpx.Timeout(70, connect=5), limits=limits) as client:
            yield Desk(client, ready["ingest"], ready["feed"], ready["key"])


@dataclass(frozen=True)
class Event:
    """A Server-Sent Event."""

    id: str
    event: str
    data: Any


@dataclass(frozen=True)
class Desk:
    """Pushes and reads over HTTP."""

    client: httpx.AsyncClient
    ingest: str
    feed: str
    key: str

    async def push(self, story: dict[str, Any]) -> httpx.Response:
        return await self.client.post(
            f"{self.ingest}/v1/stories", json=story, headers={"Authorization": f"Bearer {self.key}"}
        )

    async def push_all(self, stories: Iterable[dict[str, Any]], *, together: int = 16) -> None:
        """Push and retry until each is accepted, as a newsroom's system does."""
        slots = asyncio.Semaphore(together)

        async def one(story: dict[str, Any]) -> None:
            async with slots, asyncio.timeout(60):
                while True:
                    try:
                        response = await self.push(story)
                    except httpx.TransportError:
                        await asyncio.sleep(0.1)
                        continue
                    if response.status_code == 202:
                        return
                    assert response.status_code in {429, 503}, response.text
                    await asyncio.sleep(0.1)

        await asyncio.gather(*(one(story) for story in stories))

    async def kill(self, uri: str) -> httpx.Response:
        return await self.client.delete(
            f"{self.ingest}/v1/stories/{quote(uri, safe='')}", headers={"Authorization": f"Bearer {self.key}"}
        )

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(f"{self.feed}{path}", params=params)

    async def story(self, uri: str) -> httpx.Response:
        return await self.get(f"/v1/stories/{quote(uri, safe='')}")

    async def walk(self, limit: int = 100) -> list[dict[str, Any]]:
        """Every item of the feed, page by page."""
        items: list[dict[str, Any]] = []
        url = f"{self.feed}/v1/feed?limit={limit}"
        while url:
            response = await self.client.get(url)
            assert response.status_code == 200, response.text
            items += response.json()["items"]
            url = response.json()["next"]
        return items

    async def changes(self, after: int | None = None) -> list[dict[str, Any]]:
        """The whole change log after a number."""
        found: list[dict[str, Any]] = []
        while True:
            response = await self.get("/v1/changes", limit=100, **({} if after is None else {"after": after}))
            assert response.status_code == 200, response.text
            page = response.json()
            found += page["changes"]
            if page["next"] == after or not page["changes"]:
                return found
            after = page["next"]

    async def head(self) -> int:
        """The last visible change."""
        response = await self.get("/v1/feed", limit=1)
        assert response.status_code == 200, response.text
        return int(response.json()["change"])

    @asynccontextmanager
    async def stream(
        self, *, headers: dict[str, str] | None = None, **params: Any
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """The live stream, open and answered inside the block."""
        async with self.client.stream("GET", f"{self.feed}/v1/stream", params=params, headers=headers) as response:
            assert response.status_code == 200, response.status_code
            assert response.headers["content-type"].startswith("text/event-stream")
            yield _events(response)


async def _events(response: httpx.Response) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Event(fields.get("id", ""), fields.get("event", "message"), json.loads(fields["data"]))
            fields = {}
