from __future__ import annotations

import asyncio

from newswire.cli.waits import pause, wait_before


def test_waits_double_up_to_a_bound_and_heed_what_was_asked() -> None:
    assert 0.5 <= wait_before(1, 1, None) <= 1
    assert 2 <= wait_before(3, 1, "x") <= 4
    assert wait_before(1, 0.1, "7") == 7
    assert wait_before(30, 1, None) == 15
    assert wait_before(1, 1, "99999") == 60


async def test_a_pause_ends_when_everything_stops() -> None:
    stopping = asyncio.Event()
    await pause(stopping, 0)
    await pause(None, 0)
    pausing = asyncio.create_task(pause(stopping, 600))
    stopping.set()
    await asyncio.wait_for(pausing, 5)
