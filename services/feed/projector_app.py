"""Wires the projector's process: the projector and its clock, its health and its metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette

from newswire.health import Observed, health_routes, watch_checks
from newswire.serving import run_together, serve, stop_event
from newswire.telemetry.metrics import PROJECTOR, Meter
from newswire.telemetry.tracing import open_tracer
from newswire.topics import ENRICHED
from services.feed.skew import Skew
from services.feed.store.connection import connect
from services.feed.store.writer import Writer
from services.feed.works import Works

if TYPE_CHECKING:
    from collections.abc import Callable

    from newswire.health import Check
    from services.feed.projector import Projector
    from services.feed.settings import ProjectorSettings


async def run_projector(settings: ProjectorSettings) -> None:
    """Project until a signal. Raises NewswireError when only a new process can help."""
    stop = stop_event()
    redis = connect(settings.redis, connections=8)
    writer = Writer(redis, settings.wire, changes_kept=settings.changes_kept)
    meter = Meter(PROJECTOR)
    try:
        with open_tracer(PROJECTOR, exporting=bool(settings.otlp_endpoint)) as tracer:
            works = Works(settings, writer, meter, tracer)
            skew = Skew(writer, meter)
            asked = checks(works.projector, writer, skew)
            app = Starlette(routes=health_routes(asked))
            await run_together(
                stop,
                works.run(stop),
                skew.run(stop),
                watch_checks(asked, meter, stop),
                serve(app, settings.host, settings.projector_port, stop),
                serve(meter.app(), settings.metrics_host, settings.projector_metrics_port, stop),
            )
    finally:
        await redis.aclose()


def checks(projector: Callable[[], Projector], writer: Writer, skew: Skew) -> dict[str, Check]:
    """What the projector's readiness is the sum of. One that waits to take over is ready, too.

    `projector` raises FailedError for one that has not been started yet.
    """

    async def kafka() -> None:
        await projector().check_kafka()

    async def redis() -> None:
        await writer.view(())

    async def active() -> Observed:
        return Observed(int(projector().standing.active), "boolean")

    async def progress() -> Observed:
        return await projector().check_progress()

    return {
        "kafka": kafka,
        "redis": redis,
        "projector:active": active,
        f"{ENRICHED}:lag": progress,
        "clock:redis": skew.check,
    }
