"""Quantiles by nearest rank."""

from __future__ import annotations

import math

import pytest

from bench.quantiles import quantile


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 6), (0.9, 10), (0.99, 10), (1.0, 10)])
def test_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert quantile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], share) == value


def test_of_nothing_is_no_number() -> None:
    assert math.isnan(quantile([], 0.5))
