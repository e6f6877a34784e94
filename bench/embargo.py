"""How late an embargo's end and an expiry are seen on the stream; too early is a defect."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.quantiles import quantile
from bench.stories import story

if TYPE_CHECKING:
    from tests.support.stack import RunningStack

_AHEAD_SECONDS = 5.0
_SPREAD_SECONDS = 20.0


@dataclass(frozen=True)
class Lateness:
    """Milliseconds between the instants and their changes on the stream."""

    count: int
    early: int
    p50: float
    p99: float


async def measure(stack: RunningStack, count: int) -> dict[str, Lateness]:
    """Push stories with an embargo and stories with an expiry, at instants spread over 20 s."""
    run = uuid.uuid4().hex
    late: dict[str, list[float]] = {"new": [], "expire": []}
    instants: dict[str, float] = {}
    async with stack.desk() as desk, desk.stream() as events:
        base = time.time() + _AHEAD_SECONDS
        for number in range(count):
            instant = base + _SPREAD_SECONDS * number / count
            text = datetime.fromtimestamp(instant, UTC).isoformat()
            for kind, field in (("new", "embargoedUntil"), ("expire", "expires")):
                uri = f"urn:embargo:{run}:{kind}:{number}"
                instants[f"{kind} {uri}"] = instant
                await desk.push({**story(uri, number), field: text})
        async with asyncio.timeout(_AHEAD_SECONDS + _SPREAD_SECONDS + 30):
            async for event in events:
                instant = instants.pop(f"{event.event} {event.data['uri']}", 0.0)
                if instant:
                    late[event.event].append(1000 * (time.time() - instant))
                if not instants:
                    break
    return {
        {"new": "release", "expire": "expiry"}[kind]: Lateness(
            len(values), sum(value < 0 for value in values), quantile(values, 0.5), quantile(values, 0.99)
        )
        for kind, values in late.items()
    }
