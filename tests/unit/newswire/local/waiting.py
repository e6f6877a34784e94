"""Waiting for an event, with a deadline."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


async def eventually(holds: Callable[[], bool], within_seconds: float = 10.0) -> None:
    """Return once it holds."""
    async with asyncio.timeout(within_seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for is another process's doing
            await asyncio.sleep(0.01)
