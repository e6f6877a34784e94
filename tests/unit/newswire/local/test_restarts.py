from __future__ import annotations

from newswire.local.restarts import LIMIT, STILLBORN_LIMIT, Restarts


def test_the_wait_doubles_up_to_five_seconds() -> None:
    restarts = Restarts()
    waits = [restarts.after_exit(now * 60.0, 1.0, was_ready=True) for now in range(7)]
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_long_life_forgets_the_deaths_before_it() -> None:
    restarts = Restarts()
    for now in range(5):
        restarts.after_exit(float(now), 1.0, was_ready=True)
    assert restarts.after_exit(100.0, 30.0, was_ready=True) == 0.2


def test_too_many_restarts_within_two_minutes_end_it() -> None:
    restarts = Restarts()
    for death in range(LIMIT):
        assert restarts.after_exit(death * 5.0, 4.0, was_ready=True) is not None
    assert restarts.after_exit(LIMIT * 5.0, 4.0, was_ready=True) is None


def test_the_same_number_over_a_longer_time_does_not() -> None:
    restarts = Restarts()
    waits = [restarts.after_exit(death * 8.0, 3.0, was_ready=True) for death in range(100)]
    assert None not in waits


def test_a_child_that_never_becomes_ready_is_given_up_however_slow_it_dies() -> None:
    restarts = Restarts()
    waits = [restarts.after_exit(death * 60.0, 50.0, was_ready=False) for death in range(STILLBORN_LIMIT)]
    assert waits.index(None) == STILLBORN_LIMIT - 1


def test_one_ready_life_forgives_the_stillborn_ones() -> None:
    restarts = Restarts()
    for death in range(STILLBORN_LIMIT - 1):
        restarts.after_exit(death * 60.0, 1.0, was_ready=False)
    restarts.after_exit(10_000.0, 1.0, was_ready=True)
    assert restarts.after_exit(10_100.0, 1.0, was_ready=False) is not None
