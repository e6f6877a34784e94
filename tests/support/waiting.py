"""Waiting for an event instead of a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def eventually(condition: Callable[[], Awaitable[object]], *, seconds: float = 30) -> None:
    """Return once `condition` answers with something true; fails the test after a while."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - what is waited for is in other processes
            await asyncio.sleep(0.02)


async def until(holds: Callable[[], bool], *, seconds: float = 10) -> None:
    """Return once it holds; fails the test after a while."""

    async def condition() -> bool:
        return holds()

    await eventually(condition, seconds=seconds)
