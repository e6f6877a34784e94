"""/livez and /readyz: health+json (draft-inadarei-api-health-check).

/livez says that the event loop turns. /readyz says whether the service can do its work now, checked with a
deadline each time it is asked: a broken dependency shows at once. Who asks while that is done gets the same answer:
whatever the number of those who watch, a dependency that hangs is asked once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import orjson
from starlette.responses import Response
from starlette.routing import Route

from newswire.errors import NewswireError
from newswire.version import version

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    # Raises a NewswireError when the service cannot work; a text that it returns is a warning.
    Check = Callable[[], Awaitable["str | Observed | None"]]

MEDIA_TYPE: Final = "application/health+json"
CHECK_SECONDS: Final = 2.0
_SEVERITY: Final = ("pass", "warn", "fail")


@dataclass(frozen=True, slots=True)
class Observed:
    """What a check has measured, and a warning if that is odd."""

    value: float
    unit: str
    warning: str | None = None


async def run_checks(checks: Mapping[str, Check]) -> dict[str, object]:
    """Every check's outcome, run side by side; one that raises or takes over 2 s fails."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    found = await asyncio.gather(*map(_run, checks.values()))
    outcomes = {name: {**outcome, "time": now} for name, outcome in zip(checks, found, strict=True)}
    worst = max((str(outcome["status"]) for outcome in outcomes.values()), key=_SEVERITY.index, default="pass")
    return {"status": worst, "checks": {name: [outcome] for name, outcome in outcomes.items()}}


async def _run(check: Check) -> dict[str, object]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            found = await check()
    except TimeoutError:
        return {"status": "fail", "output": f"no answer within {CHECK_SECONDS:g} s"}
    except NewswireError as error:
        return {"status": "fail", "output": str(error)}
    return _outcome(found)


def _outcome(found: str | Observed | None) -> dict[str, object]:
    warning = found.warning if isinstance(found, Observed) else found
    outcome: dict[str, object] = {"status": "warn", "output": warning} if warning else {"status": "pass"}
    if isinstance(found, Observed):
        outcome |= {"observedValue": found.value, "observedUnit": found.unit}
    return outcome


def health_routes(checks: Mapping[str, Check]) -> list[Route]:
    """The two routes of a service whose readiness is the sum of `checks`."""
    running: asyncio.Task[dict[str, object]] | None = None
    release = version()

    async def livez(_: Request) -> Response:
        return _response(200, {"status": "pass"})

    async def readyz(_: Request) -> Response:
        nonlocal running
        if running is None or running.done():
            running = asyncio.create_task(run_checks(checks))
        # Shielded: who asked first may leave before the others.
        result = await asyncio.shield(running)
        return _response(503 if result["status"] == "fail" else 200, {**result, "releaseId": release})

    return [Route("/livez", livez, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]


def _response(status: int, body: Mapping[str, object]) -> Response:
    return Response(orjson.dumps(body), status, {"Cache-Control": "no-store"}, MEDIA_TYPE)
