from __future__ import annotations

from dataclasses import replace

import pytest

from newswire.local.doctor.facts.redis import RedisFacts
from newswire.local.doctor.judgement.redis import judge_redis
from newswire.local.doctor.skew import Skew

GOOD = RedisFacts("7.2.4", {"maxmemory-policy": "noeviction", "appendonly": "yes"}, Skew(0, 0), whole=True, offset=41)


def verdicts(facts: RedisFacts) -> dict[str, str]:
    return {each.name: each.verdict for each in judge_redis("127.0.0.1:6379", facts)}


def test_a_good_one() -> None:
    assert set(verdicts(GOOD).values()) == {"ok"}
    assert judge_redis("x", GOOD)[-1].found == "whole, up to offset 41"


@pytest.mark.parametrize(
    ("facts", "name", "verdict"),
    [
        (replace(GOOD, version="6.2.14"), "server", "fail"),
        (replace(GOOD, version="7.2.4 (Valkey 9.1.2)"), "server", "ok"),
        (replace(GOOD, settings={**GOOD.settings, "maxmemory-policy": "allkeys-lru"}), "maxmemory-policy", "fail"),
        (replace(GOOD, settings={**GOOD.settings, "appendonly": "no"}), "appendonly", "warn"),
        (replace(GOOD, settings={}), "settings", "warn"),
        (replace(GOOD, whole=False), "view", "warn"),
        (replace(GOOD, whole=False, offset=None), "view", "warn"),
    ],
)
def test_what_is_not_in_order(facts: RedisFacts, name: str, verdict: str) -> None:
    found = verdicts(facts)
    assert found.pop(name) == verdict
    assert set(found.values()) == {"ok"}
