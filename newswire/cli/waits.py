"""Waiting before something is tried again."""

from __future__ import annotations

import asyncio
import random
from typing import Final

_LONGEST_SECONDS: Final = 15.0
# Whoever asks for a time knows, as of a rate, when it is worth while.
_LONGEST_ASKED_SECONDS: Final = 60.0


def wait_before(attempt: int, first_seconds: float, retry_after: str | None) -> float:
    """How long to wait after an attempt: doubling, with jitter, and no shorter than `Retry-After` asks."""
    backoff = first_seconds * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
    asked = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdecimal() else 0.0
    return max(min(backoff, _LONGEST_SECONDS), min(asked, _LONGEST_ASKED_SECONDS))


async def pause(stopping: asyncio.Event | None, seconds: float) -> None:
    """Wait so long, or until everything stops."""
    if stopping is None:
        await asyncio.sleep(seconds)
        return
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
