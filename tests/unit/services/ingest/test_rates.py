from hypothesis import given
from hypothesis import strategies as st

from services.ingest.rates import Buckets, Rate

RATE = Rate(stories=10, seconds=5)


def test_as_many_at_once_as_the_rate_says() -> None:
    buckets = Buckets()
    assert [buckets.take("a", RATE, 1, 0.0).granted for _ in range(11)] == [True] * 10 + [False]


def test_what_the_answer_says() -> None:
    buckets = Buckets()
    assert buckets.take("a", RATE, 4, 0.0).headers() == {
        "RateLimit-Policy": '"default";q=10;w=5',
        "RateLimit": '"default";r=6;t=2',
    }
    buckets.take("a", RATE, 6, 0.0)
    assert buckets.take("a", RATE, 1, 0.0).headers() == {
        "RateLimit-Policy": '"default";q=10;w=5',
        "RateLimit": '"default";r=0;t=5',
        "Retry-After": "1",
    }


def test_after_the_wait_that_was_told_it_is_granted() -> None:
    buckets = Buckets()
    buckets.take("a", RATE, 10, 0.0)
    refused = buckets.take("a", RATE, 3, 0.0)
    assert refused.retry_seconds == 2
    assert buckets.take("a", RATE, 3, float(refused.retry_seconds)).granted


def test_one_provider_does_not_use_up_anothers() -> None:
    buckets = Buckets()
    buckets.take("a", RATE, 10, 0.0)
    assert buckets.take("b", RATE, 10, 0.0).granted


def test_a_batch_beyond_the_bucket_is_taken_when_it_is_full_and_paid_off() -> None:
    buckets = Buckets()
    assert buckets.take("a", RATE, 30, 0.0).granted
    refused = buckets.take("a", RATE, 1, 5.0)
    assert not refused.granted
    assert refused.remaining == 0
    assert buckets.take("a", RATE, 1, 5.0 + refused.retry_seconds).granted
    assert not buckets.take("b", RATE, 1, 0.0).retry_seconds
    assert not buckets.take("b", RATE, 30, 0.0).granted


def test_a_new_rate_begins_anew() -> None:
    buckets = Buckets()
    buckets.take("a", RATE, 10, 0.0)
    assert buckets.take("a", Rate(20, 5), 20, 0.0).granted


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 4)), max_size=200))
def test_never_more_than_the_rate_and_one_bucket(pushes: list[tuple[float, int]]) -> None:
    buckets = Buckets()
    now, granted = 0.0, 0
    for wait, stories in pushes:
        now += wait
        if buckets.take("a", RATE, stories, now).granted:
            granted += stories
    assert granted <= RATE.stories + now * RATE.stories / RATE.seconds + 1e-3
