"""One service: alive, ready, and what it says of its checks and of its clock."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from newswire.errors import FailedError
from newswire.local.doctor.skew import Skew, skew_by_date

SECONDS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Check:
    """An entry of health+json."""

    name: str
    status: str
    output: str
    value: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """The status of /livez and /readyz, and the checks behind the latter; no skew without a Date."""

    live: int
    ready: int
    checks: tuple[Check, ...]
    skew: Skew | None


async def ask_service(url: str, transport: httpx.AsyncBaseTransport | None = None) -> ServiceFacts:
    """Raises FailedError when it does not answer within 4 s."""
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(base_url=url, timeout=SECONDS, trust_env=False, transport=transport) as client,
        ):
            before = time.time()
            live = await client.get("/livez")
            after = time.time()
            ready = await client.get("/readyz")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise FailedError(str(error) or f"no answer within {SECONDS:g} s") from error
    return ServiceFacts(live.status_code, ready.status_code, read_checks(ready), _skew(live, before, after))


def read_checks(answer: httpx.Response) -> tuple[Check, ...]:
    """The entries of a health+json document; none where it is something else."""
    try:
        checks = answer.json()["checks"]
        return tuple(_check(name, entry) for name, entries in checks.items() for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()


def _check(name: str, entry: dict[str, Any]) -> Check:
    value = entry.get("observedValue")
    return Check(
        name,
        str(entry.get("status", "")),
        str(entry.get("output", "")),
        value if isinstance(value, int | float) else None,
        str(entry.get("observedUnit", "")),
    )


def _skew(answer: httpx.Response, before: float, after: float) -> Skew | None:
    try:
        return skew_by_date(parsedate_to_datetime(answer.headers["Date"]).timestamp(), before, after)
    except (KeyError, ValueError):
        return None
