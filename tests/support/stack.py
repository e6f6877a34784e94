"""`newswire up` as a child process, and what a newsroom, a reader and an operator's accident do to it."""

from __future__ import annotations

import asyncio
import contextlib
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
    from collections.abc import AsyncIterator, Iterable, Mapping
    from pathlib import Path

START_SECONDS = 90.0
RESTART_SECONDS = 60.0


class RunningStack:
    """One `newswire up`, without samples unless asked for."""

    def __init__(
        self, folder: Path, port_base: int, *, samples: bool = False, environ: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port_base = port_base
        self.ready_file = folder / "ready.json"
        self.log = folder / "up.log"
        self._arguments = [
            *("--data", str(folder / "data"), "--port-base", str(port_base), "--ready-file", str(self.ready_file)),
            *([] if samples else ["--no-samples"]),
        ]
        self._environ = {**os.environ, **(environ or {})}
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "newswire", "up", *self._arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environ,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self, number: int = signal.SIGTERM, *, seconds: float = 30) -> int:
        """Stop it as a person would; says its exit code. Fails when that takes too long."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.exited(seconds)

    def exited(self, seconds: float) -> int:
        """Its exit code, once it has ended. Fails when that takes too long."""
        assert self.process is not None
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def wait_ready(self, *, seconds: float = START_SECONDS) -> None:
        """Return once the ready file is there; fails with the log's end."""
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while not self.ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                message = f"newswire up did not start: {self.output[-2000:]}"
                raise AssertionError(message)
            time.sleep(0.05)

    @property
    def ready(self) -> dict[str, Any]:
        """The ready file's content."""
        content: dict[str, Any] = json.loads(self.ready_file.read_text("utf-8"))
        return content

    @property
    def output(self) -> str:
        """What it has said in all of its runs."""
        return self.log.read_text("utf-8")

    async def welcomed(self, times: int = 1) -> None:
        """Return once it has said where to look, the samples pushed, in as many runs."""
        async with asyncio.timeout(START_SECONDS):
            while self.output.count("Ctrl-C stops everything") < times:  # noqa: ASYNC110 - another process's doing
                await asyncio.sleep(0.05)

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Send one of the processes a signal, kill -9 unless another is said; says which pid it had."""
        pid: int = self.ready["pids"][name]
        os.kill(pid, number)
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
        # httpx would take an empty `params` for a wish to drop the path's own query.
        return await self.client.get(f"{self.feed}{path}", params=params or None)

    async def story(self, uri: str) -> httpx.Response:
        return await self.get(f"/v1/stories/{quote(uri, safe='')}")

    async def walk(self, limit: int = 100) -> list[dict[str, Any]]:
        """Every item of the feed, page by page."""
        items: list[dict[str, Any]] = []
        url = f"{self.feed}/v1/feed?limit={limit}"
        while url:
            page = await self._patiently(url)
            items += page["items"]
            url = page["next"]
        return items

    async def changes(self, after: int | None = None) -> list[dict[str, Any]]:
        """The whole change log after a number."""
        found: list[dict[str, Any]] = []
        while True:
            start = "" if after is None else f"&after={after}"
            page = await self._patiently(f"{self.feed}/v1/changes?limit=100{start}")
            found += page["changes"]
            if page["next"] == after or not page["changes"]:
                return found
            after = page["next"]

    async def head(self) -> int:
        """The last visible change."""
        return int((await self._patiently(f"{self.feed}/v1/feed?limit=1"))["change"])

    async def _patiently(self, url: str) -> Any:
        """The answer to a question, asked again while the feed is away or its view is not whole."""
        async with asyncio.timeout(RESTART_SECONDS):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    response = await self.client.get(url)
                    if response.status_code != 503:
                        assert response.status_code == 200, response.text
                        return response.json()
                await asyncio.sleep(0.1)

    @asynccontextmanager
    async def stream(
        self, *, headers: dict[str, str] | None = None, **params: Any
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """The live stream, open and answered inside the block. Raises HTTPStatusError for another answer."""
        async with self.client.stream("GET", f"{self.feed}/v1/stream", params=params, headers=headers) as response:
            response.raise_for_status()
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
