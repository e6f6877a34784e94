"""A push's way to the stream, in open loop: constant rate, latency from the intended start, one clock."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.quantiles import Load, quantile
from bench.stories import story

if TYPE_CHECKING:
    from tests.support.stack import Desk, RunningStack

_LAST_SECONDS = 15.0


@dataclass(frozen=True)
class Row:
    """One run's outcome; times in milliseconds, CPU a story in milliseconds over all processes."""

    rate: int
    sent: int
    got: int
    twice: int
    p50: float
    p90: float
    p99: float
    cpu: float
    others: float


async def measure(stack: RunningStack, rate: int, seconds: int) -> Row:
    """Push at a rate for some seconds and watch the stream. The first tenth is dropped."""
    run = uuid.uuid4().hex
    count = rate * seconds
    seen: dict[int, list[float]] = {}
    load = Load([pid for pid in stack.ready["pids"].values() if pid])
    async with stack.desk() as desk:
        watching = asyncio.Event()
        watcher = asyncio.create_task(_watch(desk, run, seen, count, watching))
        await watching.wait()
        began = time.monotonic()
        await _push(desk, run, rate, count)
        await asyncio.wait({watcher}, timeout=_LAST_SECONDS)
        watcher.cancel()
    late = [1000 * (times[0] - began - number / rate) for number, times in seen.items() if number >= count // 10]
    return Row(
        rate=rate,
        sent=count,
        got=len(seen),
        twice=sum(len(times) > 1 for times in seen.values()),
        p50=quantile(late, 0.50),
        p90=quantile(late, 0.90),
        p99=quantile(late, 0.99),
        cpu=1000 * load.cpu_seconds() / count,
        others=load.others(),
    )


async def _push(desk: Desk, run: str, rate: int, count: int) -> None:
    began = time.monotonic()
    pushes = []
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        pushes.append(asyncio.create_task(desk.push(story(f"urn:bench:{run}:{number}", number))))
    answers = await asyncio.gather(*pushes)
    refused = [answer.status_code for answer in answers if answer.status_code != 202]
    if refused:
        message = f"{len(refused)} of {count} pushes were refused, the first with {refused[0]}"
        raise RuntimeError(message)


async def _watch(desk: Desk, run: str, seen: dict[int, list[float]], count: int, watching: asyncio.Event) -> None:
    """Note when each story of the run comes by, until the last is there."""
    async with desk.stream() as events:
        watching.set()
        async for event in events:
            at = time.monotonic()
            prefix, _, number = event.data["uri"].rpartition(":")
            if prefix == f"urn:bench:{run}":
                seen.setdefault(int(number), []).append(at)
            if len(seen) == count:
                return
