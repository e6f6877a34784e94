"""/livez and /readyz: health+json (draft-inadarei-api-health-check).

/livez says that the event loop turns. /readyz says whether the service can do its work now, checked with a
deadline each time it is asked: a broken dependency shows at once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import orjson
from starlette.responses import Response
from starlette.routing import Route

from newswire.errors import NewswireError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    Check = Callable[[], Awaitable[None]]

MEDIA_TYPE: Final = "application/health+json"
CHECK_SECONDS: Final = 2.0


async def run_checks(checks: Mapping[str, Check]) -> dict[str, object]:
    """Every check's outcome, run side by side; one that raises or takes over 2 s fails."""
    outcomes = await asyncio.gather(*(_run(check) for check in checks.values()))
    results = {
        name: [{"status": "pass"} if fault is None else {"status": "fail", "output": fault}]
        for name, fault in zip(checks, outcomes, strict=True)
    }
    status = "pass" if all(fault is None for fault in outcomes) else "fail"
    return {"status": status, "checks": results}


async def _run(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"
    except NewswireError as error:
        return str(error)
    return None


def health_routes(checks: Mapping[str, Check]) -> list[Route]:
    """The two routes of a service whose readiness is the sum of `checks`."""

    async def livez(_: Request) -> Response:
        return _response(200, {"status": "pass"})

    async def readyz(_: Request) -> Response:
        result = await run_checks(checks)
        return _response(200 if result["status"] == "pass" else 503, result)

    return [Route("/livez", livez, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]


def _response(status: int, body: Mapping[str, object]) -> Response:
    return Response(orjson.dumps(body), status, {"Cache-Control": "no-store"}, MEDIA_TYPE)
