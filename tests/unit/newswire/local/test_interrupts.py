from __future__ import annotations

import asyncio
import os
import signal

import pytest

from newswire.errors import SetupError
from newswire.local.interrupts import Interrupts


async def test_work_that_comes_to_its_end_is_done() -> None:
    assert await Interrupts().unless_stopped(asyncio.sleep(0))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_cancels_the_work(number: signal.Signals) -> None:
    cancelled = False

    async def work() -> None:
        nonlocal cancelled
        os.kill(os.getpid(), number)
        try:
            await asyncio.Event().wait()
        finally:
            cancelled = True

    assert not await Interrupts().unless_stopped(work())
    assert cancelled


async def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        msg = "no"
        raise SetupError(msg)

    with pytest.raises(SetupError, match="no"):
        await Interrupts().unless_stopped(work())


async def test_only_a_later_second_ctrl_c_hurries(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupts, hurried = Interrupts(), asyncio.Event()
    interrupts.hurry = hurried.set
    os.kill(os.getpid(), signal.SIGINT)
    await interrupts.stopping.wait()
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(hurried.wait(), 0.1)
    monkeypatch.setattr("newswire.local.interrupts.SAME_SECONDS", 0.0)
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.wait_for(hurried.wait(), 5)
