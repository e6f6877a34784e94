"""/livez and /readyz: health+json (draft-inadarei-api-health-check).

/livez says that the event loop turns. /readyz says whether the service can do its work now, checked with a
deadline each time it is asked: a broken dependency shows at once. Who asks while that is done gets the same answer:
whatever the number of those who watch, a dependency that hangs is asked once.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import orjson
import structlog
from starlette.responses import Response
from starlette.routing import Route

from newswire.errors import NewswireError
from newswire.telemetry.metrics import CHECK_UP
from newswire.version import version

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from newswire.telemetry.metrics import Meter

    # Raises a NewswireError when the service cannot work; a text that it returns is a warning.
    Check = Callable[[], Awaitable["str | Observed | None"]]

MEDIA_TYPE: Final = "application/health+json"
CHECK_SECONDS: Final = 2.0
_WATCH_SECONDS: Final = 5.0
_SEVERITY: Final = ("pass", "warn", "fail")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Observed:
    """What a check has measured, and a warning if that is odd."""

    value: float
    unit: str
    warning: str | None = None


async def run_checks(
    checks: Mapping[str, Check],
    told: set[tuple[str, str]] | None = None,
    note: Callable[[str, str], None] = lambda _, __: None,
) -> dict[str, object]:
    """Every check's outcome, run side by side; one that raises or takes over 2 s fails.

    What should not be raised is logged, unless it is in `told`, where it is put then. `note` gets each check's name
    and status.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    known: set[tuple[str, str]] = set() if told is None else told
    found = await asyncio.gather(*(_run(name, check, known) for name, check in checks.items()))
    outcomes = {name: {**outcome, "time": now} for name, outcome in zip(checks, found, strict=True)}
    for name, outcome in outcomes.items():
        note(name, str(outcome["status"]))
    worst = max((str(outcome["status"]) for outcome in outcomes.values()), key=_SEVERITY.index, default="pass")
    return {"status": worst, "checks": {name: [outcome] for name, outcome in outcomes.items()}}


async def _run(name: str, check: Check, told: set[tuple[str, str]]) -> dict[str, object]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            found = await check()
    except TimeoutError:
        return {"status": "fail", "output": f"no answer within {CHECK_SECONDS:g} s"}
    except NewswireError as error:
        return {"status": "fail", "output": str(error)}
    except Exception as error:
        # An outermost loop: who asks is to learn which check it is.
        kind = type(error).__name__
        if (name, kind) not in told:
            told.add((name, kind))
            log.exception("check_failed", check=name, error_type=kind)
        return {"status": "fail", "output": kind}
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
    told: set[tuple[str, str]] = set()
    release = version()

    async def livez(_: Request) -> Response:
        return _response(200, {"status": "pass"})

    async def readyz(_: Request) -> Response:
        nonlocal running
        if running is None or running.done():
            running = asyncio.create_task(run_checks(checks, told))
        # Shielded: who asked first may leave before the others.
        result = await asyncio.shield(running)
        return _response(503 if result["status"] == "fail" else 200, {**result, "releaseId": release})

    return [Route("/livez", livez, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]


async def watch_checks(checks: Mapping[str, Check], meter: Meter, stop: asyncio.Event) -> None:
    """Count each check's outcome every 5 s until `stop`: a broker that is away while nobody pushes has to show, too."""
    up, told = meter.gauge(CHECK_UP), set[tuple[str, str]]()
    while not stop.is_set():
        await run_checks(checks, told, lambda name, status: up.labels(name).set(status != "fail"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WATCH_SECONDS):
                await stop.wait()


def _response(status: int, body: Mapping[str, object]) -> Response:
    return Response(orjson.dumps(body), status, {"Cache-Control": "no-store"}, MEDIA_TYPE)
