"""The load: stories pushed in open loop at a constant rate, and a reader of the stream, on one clock.

A push that comes late because the one before it is slow counts as late: latency is from the intended start.
"""

from __future__ import annotations

import asyncio
import selectors
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import aiohttp
import orjson

from bench.quantiles import quantile
from bench.stories import story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bench.contenders.contender import Running

_LAST_SECONDS: Final = 15.0
_CONNECT_SECONDS: Final = 5.0
_PUSH_SECONDS: Final = 30.0
_CONNECTIONS: Final = 64
_ACCEPTED: Final = (200, 201, 202)
_LINE_BYTES: Final = 1024 * 1024


@dataclass
class Sightings:
    """When each story of a run was seen on the stream, by its number; and what the generator's own part was."""

    expected: int
    seen: dict[int, list[float]] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    behind: list[float] = field(default_factory=list)

    @property
    def twice(self) -> int:
        """How many were seen more than once."""
        return sum(len(times) > 1 for times in self.seen.values())

    @property
    def behind_ms(self) -> float:
        """How late the generator itself began a push, 99th percentile."""
        return 1000 * quantile(self.behind, 0.99)

    def latencies_ms(self, began: float, rate: float) -> list[float]:
        """From the intended start of each push; the first tenth is dropped."""
        first = self.expected // 10
        return [1000 * (times[0] - began - number / rate) for number, times in self.seen.items() if number >= first]


@dataclass(frozen=True)
class Drive:
    """A finished run."""

    sightings: Sightings
    latencies_ms: Sequence[float]


def precise_loop() -> asyncio.AbstractEventLoop:
    """An event loop whose timers are exact: epoll, and libuv, know milliseconds only."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


async def drive(running: Running, rate: float, count: int) -> Drive:
    """Push as many stories and wait for the last one on the stream, or for 15 s. Raises RuntimeError when refused."""
    run = uuid.uuid4().hex
    bodies = [orjson.dumps(story(f"urn:bench:{run}:{number}", number)) for number in range(count)]
    sightings = Sightings(count)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS), timeout=timeout, read_bufsize=_LINE_BYTES
    ) as session:
        watching = asyncio.Event()
        watcher = asyncio.create_task(_watch(session, running.stream_url, run, sightings, watching))
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await watching.wait()
            began = await _push(session, running, bodies, rate, sightings)
            await asyncio.wait({watcher}, timeout=_LAST_SECONDS)
        finally:
            watcher.cancel()
    if sightings.refused:
        message = f"{len(sightings.refused)} of {count} pushes were refused, the first with {sightings.refused[0]}"
        raise RuntimeError(message)
    return Drive(sightings, sightings.latencies_ms(began, rate))


async def _push(
    session: aiohttp.ClientSession, running: Running, bodies: Sequence[bytes], rate: float, sightings: Sightings
) -> float:
    """Say when the first was due."""
    headers = {"Content-Type": "application/json", **running.headers}

    async def one(body: bytes) -> None:
        async with asyncio.timeout(_PUSH_SECONDS):
            async with session.post(running.push_url, data=body, headers=headers) as response:
                await response.read()
        if response.status not in _ACCEPTED:
            sightings.refused.append(response.status)

    began = time.monotonic()
    async with asyncio.TaskGroup() as pushes:
        for number, body in enumerate(bodies):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            sightings.behind.append(time.monotonic() - due)
            pushes.create_task(one(body))
    return began


async def _watch(
    session: aiohttp.ClientSession, url: str, run: str, sightings: Sightings, watching: asyncio.Event
) -> None:
    """Note when each story of the run comes by, until the last is there."""
    mine = f"urn:bench:{run}"
    async with session.get(url, headers={"Accept": "text/event-stream"}) as response:
        response.raise_for_status()
        watching.set()
        async for at, data in _events(response):
            prefix, _, number = orjson.loads(data)["uri"].rpartition(":")
            if prefix == mine:
                sightings.seen.setdefault(int(number), []).append(at)
            if len(sightings.seen) == sightings.expected:
                return


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[float, bytes]]:
    """The data of each event, and when it came."""
    rest = b""
    async for chunk in response.content.iter_any():
        at = time.monotonic()
        *blocks, rest = (rest + chunk).split(b"\n\n")
        for block in blocks:
            for line in block.split(b"\n"):
                if line.startswith(b"data:"):
                    yield at, line[5:]
