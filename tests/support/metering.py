"""What a process has counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newswire.telemetry.metrics import Meter


def sample(meter: Meter, name: str, **labels: str) -> float | None:
    """The value of one time series; None when there is none."""
    return meter.registry.get_sample_value(name, labels)
