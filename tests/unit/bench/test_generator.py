"""Latency from the intended start."""

from __future__ import annotations

import pytest

from bench.generator import Sightings


def test_latency_is_from_the_intended_start_without_the_first_tenth() -> None:
    seen = {number: [100.0 + number / 10 + 0.005] for number in range(10)}
    seen[9].append(200.0)
    sightings = Sightings(expected=10, seen=seen)
    assert sightings.latencies_ms(began=100.0, rate=10) == pytest.approx([5.0] * 9)
    assert sightings.twice == 1
