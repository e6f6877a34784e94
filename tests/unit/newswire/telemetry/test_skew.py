from __future__ import annotations

import pytest

from newswire.telemetry.skew import skew_seconds


@pytest.mark.parametrize(
    ("told", "asked", "answered", "skew"),
    [
        (100.0, 100.0, 103.0, 0.0),
        (101.5, 100.0, 103.0, 0.0),
        (103.0, 100.0, 103.0, 0.0),
        (105.0, 100.0, 103.0, 2.0),
        (98.0, 100.0, 103.0, -1.999),
        # 100.0004 in whole milliseconds.
        (100.0, 100.0004, 100.0006, 0.0),
    ],
)
def test_a_clock_is_off_only_by_what_the_time_of_the_answer_cannot_explain(
    told: float, asked: float, answered: float, skew: float
) -> None:
    assert skew_seconds(told, asked, answered) == pytest.approx(skew)
