"""When to start a dead child again, and when to give up (pure)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

FIRST_SECONDS: Final = 0.2
LONGEST_SECONDS: Final = 5.0
HEALTHY_SECONDS: Final = 30.0
LIMIT: Final = 20
WINDOW_SECONDS: Final = 120.0
STILLBORN_LIMIT: Final = 12


@dataclass(slots=True)
class Restarts:
    """The history of one child. The wait doubles with each death, and a long life forgets it.

    Two limits: 20 restarts within two minutes, and 12 starts in a row that never became ready, which the
    first would not see because the waits have grown by then.
    """

    _times: deque[float] = field(default_factory=lambda: deque(maxlen=LIMIT))
    _wait: float = FIRST_SECONDS
    _stillborn: int = 0

    def after_exit(self, now: float, lived_seconds: float, *, was_ready: bool) -> float | None:
        """How long to wait before the next start, in seconds; None = give up."""
        self._stillborn = 0 if was_ready else self._stillborn + 1
        if self._stillborn >= STILLBORN_LIMIT or self._crowded(now):
            return None
        if lived_seconds >= HEALTHY_SECONDS:
            self._wait = FIRST_SECONDS
        wait, self._wait = self._wait, min(self._wait * 2, LONGEST_SECONDS)
        self._times.append(now)
        return wait

    def _crowded(self, now: float) -> bool:
        return len(self._times) == LIMIT and now - self._times[0] <= WINDOW_SECONDS
