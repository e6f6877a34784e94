"""Redis's clock against this process's: what embargoes and expiries are asked for by, and what freshness is told by."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from newswire.errors import StoreError
from newswire.health import Observed
from newswire.telemetry.metrics import CLOCK_SKEW
from newswire.telemetry.skew import skew_seconds

if TYPE_CHECKING:
    from newswire.telemetry.metrics import Meter
    from services.feed.store.writer import Writer

LOOK_SECONDS: Final = 10.0
_MOST_SECONDS: Final = 1.0


class Skew:
    """Looks each 10 s, and whenever readiness is asked for."""

    def __init__(self, writer: Writer, meter: Meter) -> None:
        self._writer = writer
        self._gauge = meter.gauge(CLOCK_SKEW).labels("redis")
        self._gauge.set(float("nan"))

    async def measure(self) -> float:
        """How far Redis's clock is ahead of ours at the least, in seconds. Raises StoreError."""
        asked = time.time()
        theirs_us = await self._writer.time_us()
        ahead = skew_seconds(theirs_us / 1e6, asked, time.time())
        self._gauge.set(ahead)
        return ahead

    async def check(self) -> Observed:
        """Readiness: a warning above a second."""
        ahead = await self.measure()
        warning = f"clocks are {abs(ahead):.1f} s apart" if abs(ahead) > _MOST_SECONDS else None
        return Observed(round(ahead, 6), "s", warning)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the gauge true until `stop`; a Redis that is away is the projector's affair."""
        while not stop.is_set():
            try:
                await self.measure()
            except StoreError:
                self._gauge.set(float("nan"))
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await stop.wait()
            except TimeoutError:
                continue
