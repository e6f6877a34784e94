"""Redis and the view in it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from newswire.local.doctor.finding import REDIS, Finding
from newswire.local.tools import REDIS_AT_LEAST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newswire.local.doctor.facts.redis import RedisFacts

_NUMBERS = re.compile(r"\d+")


def judge_redis(address: str, facts: RedisFacts) -> list[Finding]:
    """All that it answered but for its clock."""
    return [_version(address, facts.version), *_settings(facts.settings), _view(facts)]


def judge_silent_redis(address: str, reason: str) -> Finding:
    """It did not answer."""
    return Finding(REDIS, "server", "fail", f"{address}: {reason}", "is it running? NEWSWIRE_REDIS names it")


def _version(address: str, version: str) -> Finding:
    if tuple(map(int, _NUMBERS.findall(version)[:2])) < REDIS_AT_LEAST:
        return Finding(REDIS, "server", "fail", f"{address} is {version}", "newswire needs 7.0 or newer")
    return Finding(REDIS, "server", "ok", f"{address} answers: {version}")


def _settings(settings: Mapping[str, str]) -> list[Finding]:
    if not settings:
        hint = "it must not evict (maxmemory-policy noeviction), and should keep its data (appendonly yes)"
        return [Finding(REDIS, "settings", "warn", "it does not tell (CONFIG is not allowed)", hint)]
    return [_eviction(settings["maxmemory-policy"]), _persistence(settings["appendonly"])]


def _eviction(policy: str) -> Finding:
    if policy != "noeviction":
        hint = "it would drop parts of the view at will: CONFIG SET maxmemory-policy noeviction"
        return Finding(REDIS, "maxmemory-policy", "fail", policy, hint)
    return Finding(REDIS, "maxmemory-policy", "ok", policy)


def _persistence(appendonly: str) -> Finding:
    if appendonly != "yes":
        hint = "after a restart the view is rebuilt from the whole log: CONFIG SET appendonly yes"
        return Finding(REDIS, "appendonly", "warn", appendonly, hint)
    return Finding(REDIS, "appendonly", "ok", appendonly)


def _view(facts: RedisFacts) -> Finding:
    if facts.whole:
        return Finding(REDIS, "view", "ok", f"whole, up to offset {-1 if facts.offset is None else facts.offset}")
    found = "none yet" if facts.offset is None else f"not whole: rebuilt up to offset {facts.offset}"
    return Finding(
        REDIS, "view", "warn", found, "the projector builds it, and nothing of it is shown before it is whole"
    )
