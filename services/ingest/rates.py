"""How much a provider may push: a token bucket each, in this process's memory. Pure but for what it remembers.

Several ingest processes have a bucket each, so what a provider may push in all is as many times its rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

_POLICY: Final = "default"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many stories in so many seconds; as many at once after a rest."""

    stories: int
    seconds: int

    @property
    def policy(self) -> str:
        """The value of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"{_POLICY}";q={self.stories};w={self.seconds}'


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a bucket said. `retry_seconds` is 0 when it was granted."""

    rate: Rate
    remaining: int
    full_seconds: int
    retry_seconds: int

    @property
    def granted(self) -> bool:
        """Whether the stories may be taken."""
        return not self.retry_seconds

    def headers(self) -> dict[str, str]:
        """What the answer says of it."""
        told = {
            "RateLimit-Policy": self.rate.policy,
            "RateLimit": f'"{_POLICY}";r={self.remaining};t={self.full_seconds}',
        }
        return told if self.granted else {**told, "Retry-After": str(self.retry_seconds)}


class Buckets:
    """The providers' buckets, by name; `now` is any clock's seconds."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def take(self, provider: str, rate: Rate, stories: int, now: float) -> Allowance:
        """Ask for so many stories at once: all are granted, or none."""
        bucket = self._buckets.get(provider)
        if bucket is None or bucket.rate != rate:
            bucket = self._buckets[provider] = _Bucket(rate, float(rate.stories), now)
        return bucket.take(stories, now)


@dataclass(slots=True)
class _Bucket:
    rate: Rate
    tokens: float
    at: float

    def take(self, stories: int, now: float) -> Allowance:
        """More than the bucket holds is granted when it is full, and paid off later: else it never could be."""
        rate = self.rate
        a_second = rate.stories / rate.seconds
        self.tokens = min(float(rate.stories), self.tokens + max(0.0, now - self.at) * a_second)
        self.at = now
        missing = min(stories, rate.stories) - self.tokens
        # A rounding error of the refill must not refuse what is there.
        if missing < 1e-6:  # noqa: PLR2004 - as above
            self.tokens -= stories
            return self._told(a_second, 0)
        return self._told(a_second, math.ceil(missing / a_second))

    def _told(self, a_second: float, retry_seconds: int) -> Allowance:
        full = math.ceil((self.rate.stories - self.tokens) / a_second)
        return Allowance(self.rate, max(0, math.floor(self.tokens)), full, retry_seconds)
