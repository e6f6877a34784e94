"""How far a projector is: what its gauges and its /readyz tell. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Rebuild(NamedTuple):
    """The part of the log that is applied again: offsets from `start` up to but not including `end`."""

    start: int
    end: int


class Standing(NamedTuple):
    """`offset` was applied last; `active`: whether this projector writes; `whole`: whether the view may be shown.

    None for what it does not know: before it has read the store, or Kafka, and of the offset while it only waits.
    """

    active: bool
    whole: bool | None
    offset: int | None
    lag: int | None
    rebuild: Rebuild | None = None

    @property
    def share(self) -> float:
        """How much of a rebuild is done, 0 to 1; 1 when there is none."""
        if self.rebuild is None or self.rebuild.end <= self.rebuild.start:
            return 1.0
        done = 0 if self.offset is None else self.offset + 1 - self.rebuild.start
        return min(1.0, max(0.0, done / (self.rebuild.end - self.rebuild.start)))

    @property
    def warning(self) -> str | None:
        """What an operator should know of it, if anything."""
        if self.rebuild is None:
            return None
        return f"the view is being rebuilt: {self.share:.0%} of the log up to {self.rebuild.end} is applied"
