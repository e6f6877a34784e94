"""Wires the projector's process: the projector, the clock beside it, and its health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette

from newswire.health import Observed, health_routes
from newswire.producer import open_producer
from newswire.serving import run_together, serve, stop_event
from newswire.telemetry.metrics import PROJECTOR, Meter
from newswire.telemetry.tracing import open_tracer
from newswire.topics import DEAD_LETTERS, ENRICHED
from services.feed.account import Account
from services.feed.clock import Clock, wall_clock_ms
from services.feed.consumer import group_of, open_consumer
from services.feed.outlet import Outlet
from services.feed.projector import Projector
from services.feed.skew import Skew
from services.feed.store.connection import connect
from services.feed.store.writer import Writer

if TYPE_CHECKING:
    from newswire.health import Check
    from services.feed.settings import ProjectorSettings


async def run_projector(settings: ProjectorSettings) -> None:
    """Project until a signal. Raises NewswireError when only a new process can help."""
    redis = connect(settings.redis, connections=8)
    writer = Writer(redis, settings.wire, changes_kept=settings.changes_kept)
    meter = Meter(PROJECTOR)
    try:
        with open_tracer(PROJECTOR, exporting=bool(settings.otlp_endpoint)) as tracer:
            async with (
                open_producer(settings.kafka) as producer,
                open_consumer(settings.kafka, settings.wire) as consumer,
            ):
                # Only from here on: a signal that comes earlier ends the process at once, and nothing is lost.
                stop = stop_event()
                account = Account(meter, tracer, group_of(settings.wire), ENRICHED)
                letters = Outlet(producer, DEAD_LETTERS, meter, tracer)
                projector = Projector(consumer, writer, letters, account)
                outlet = Outlet(producer, ENRICHED, meter, tracer)
                clock = Clock(writer, outlet, meter, wall_clock_ms, lambda: projector.caught_up)
                skew = Skew(writer, meter)
                app = Starlette(routes=health_routes(checks(projector, writer, skew)))
                await run_together(
                    stop,
                    projector.run(stop),
                    clock.run(stop),
                    skew.run(stop),
                    serve(app, settings.host, settings.projector_port, stop),
                    serve(meter.app(), settings.metrics_host, settings.projector_metrics_port, stop),
                )
    finally:
        await redis.aclose()


def checks(projector: Projector, writer: Writer, skew: Skew) -> dict[str, Check]:
    """What the projector's readiness is the sum of. One that waits to take over is ready, too."""

    async def redis() -> None:
        await writer.view(())

    async def active() -> Observed:
        return Observed(int(projector.standing.active), "boolean")

    return {
        "kafka": projector.check_kafka,
        "redis": redis,
        "projector:active": active,
        f"{ENRICHED}:lag": projector.check_progress,
        "clock:redis": skew.check,
    }
