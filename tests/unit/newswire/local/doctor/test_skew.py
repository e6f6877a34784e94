from __future__ import annotations

import pytest

from newswire.local.doctor.skew import Skew, skew_by_date


@pytest.mark.parametrize(
    ("low", "high", "least"), [(-0.1, 0.2, 0.0), (3.0, 5.0, 3.0), (-5.0, -3.0, 3.0), (0.0, 0.0, 0.0)]
)
def test_what_it_is_off_by_at_least(low: float, high: float, least: float) -> None:
    assert Skew(low, high).least == least


def test_a_date_without_fractions_accuses_nobody_of_them() -> None:
    # The server's clock is right, and its Date is up to two seconds old.
    for behind in (0.0, 0.999, 1.999):
        assert skew_by_date(1000.0, 1000.0 + behind, 1000.0 + behind).least == 0.0
    assert skew_by_date(1000.0, 990.0, 990.5).least == 9.5
    assert skew_by_date(1000.0, 1010.0, 1010.5).least == 8.0
