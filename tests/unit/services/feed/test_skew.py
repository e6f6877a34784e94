from __future__ import annotations

import asyncio
import math
import time
from types import SimpleNamespace
from typing import Any

import pytest

from newswire.errors import StoreError
from newswire.telemetry.metrics import Meter
from services.feed import skew as skews
from services.feed.skew import Skew
from tests.support.metering import sample
from tests.support.waiting import until


class Lab:
    """A Redis whose clock is some seconds ahead, or that is away."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead = ahead
        self.away = False
        self.meter = Meter("projector")
        writer: Any = SimpleNamespace(time_us=self._time_us)
        self.skew = Skew(writer, self.meter)

    async def _time_us(self) -> int:
        if self.away:
            msg = "away"
            raise StoreError(msg)
        return int(time.time_ns() / 1000 + self.ahead * 1e6)

    @property
    def gauge(self) -> float:
        found = sample(self.meter, "newswire_clock_skew_seconds", peer="redis")
        assert found is not None
        return found


@pytest.mark.parametrize(
    ("ahead", "warning"), [(0.0, None), (7.0, "clocks are 7.0 s apart"), (-7.0, "clocks are 7.0 s apart")]
)
async def test_a_clock_that_is_off_is_a_warning(ahead: float, warning: str | None) -> None:
    lab = Lab(ahead)
    assert math.isnan(lab.gauge)
    told = await lab.skew.check()
    assert (told.unit, told.warning) == ("s", warning)
    assert told.value == pytest.approx(ahead, abs=0.5)
    assert told.value == pytest.approx(lab.gauge, abs=1e-5)


async def test_a_question_that_takes_its_time_is_no_clock_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    now = time.time()
    monkeypatch.setattr(skews, "time", SimpleNamespace(time=iter([now, now + 3]).__next__))
    assert (await lab.skew.check()).value == 0


async def test_a_redis_that_is_away_is_not_ready_and_no_end_of_the_looking() -> None:
    lab = Lab()
    lab.away = True
    with pytest.raises(StoreError):
        await lab.skew.check()
    stop = asyncio.Event()
    running = asyncio.create_task(lab.skew.run(stop))
    await asyncio.sleep(0)
    assert not running.done()
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_it_looks_by_itself() -> None:
    lab, stop = Lab(3.0), asyncio.Event()
    running = asyncio.create_task(lab.skew.run(stop))
    await until(lambda: lab.gauge > 2)
    stop.set()
    await asyncio.wait_for(running, 5)
