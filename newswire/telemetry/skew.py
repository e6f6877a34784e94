"""How far two clocks are apart, as one answer can tell. Pure."""

from __future__ import annotations

from typing import Final

# Brokers tell their time in whole milliseconds, cut off.
_CUT_SECONDS: Final = 0.001


def skew_seconds(told: float, asked: float, answered: float) -> float:
    """How far the clock that told a time is ahead of the one that we asked and were answered by, at the least.

    The answer was made at some time between the two, however long it took: 0 when `told` may be between them. All in
    seconds since 1970.
    """
    return told - answered if told > answered else min(0.0, told + _CUT_SECONDS - asked)
