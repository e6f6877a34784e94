"""How far another clock is ahead of this machine's. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# A Date has no fractions, and a server may make a new one only once a second.
_DATE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Skew:
    """It is ahead by so many seconds, between these two: a question and its answer take time."""

    low: float
    high: float

    @property
    def least(self) -> float:
        """What it is off by at least, whichever way; 0 where it may be right."""
        return max(self.low, -self.high, 0.0)


def skew_by_date(there: float, before: float, after: float) -> Skew:
    """Of a Date in an answer that came between two readings of this clock, all in seconds since 1970."""
    return Skew(there - after, there + _DATE_SECONDS - before)
