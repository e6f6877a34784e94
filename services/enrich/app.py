"""Wires the enrich worker, its health and its metrics together and runs them. The only reader of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette

from newswire.health import health_routes, watch_checks
from newswire.serving import run_together, serve, stop_event
from newswire.telemetry.metrics import ENRICH, Meter
from newswire.telemetry.tracing import open_tracer
from services.enrich.account import Account
from services.enrich.consumer import GROUP
from services.enrich.enrichment.pipeline import load_pipeline
from services.enrich.worker import Worker

if TYPE_CHECKING:
    from services.enrich.settings import EnrichSettings


async def run_enrich(settings: EnrichSettings) -> None:
    """Enrich until a signal. Raises OSError when a port is taken.

    Leaves a thread behind where Faust or the pipeline hangs: the caller ends the process without waiting for it.
    """
    stop = stop_event()
    meter = Meter(ENRICH)
    with open_tracer(ENRICH, exporting=bool(settings.otlp_endpoint)) as tracer:
        worker = Worker(settings, Account(meter, tracer, GROUP), load_pipeline().enrich)
        health = Starlette(routes=health_routes(worker.checks()))
        late_code = 1
        try:
            await run_together(
                stop,
                watch_checks(worker.checks(), meter, stop),
                serve(health, settings.host, settings.enrich_port, stop),
                serve(meter.app(), settings.metrics_host, settings.enrich_metrics_port, stop),
                worker.run(stop),
            )
            late_code = 0
        finally:
            await worker.close(late_code)
