"""Wires ingest together and runs it. The only reader of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newswire.measured import Measured
from newswire.room import Room
from newswire.serving import run_together, serve, stop_event
from newswire.telemetry.metrics import INGEST, Meter
from newswire.telemetry.tracing import open_tracer
from services.ingest.account import Account
from services.ingest.api import Ports, build, route_of
from services.ingest.credentials import ProvidersFile
from services.ingest.publisher import KafkaPublisher

if TYPE_CHECKING:
    from services.ingest.settings import IngestSettings


async def run(settings: IngestSettings) -> None:
    """Serve until SIGINT or SIGTERM. Raises OSError when a port is taken."""
    stop = stop_event()
    meter = Meter(INGEST)
    providers = ProvidersFile(settings.providers)
    publisher = KafkaPublisher(
        settings.kafka, meter, in_flight=settings.ingest_in_flight, ack_seconds=settings.ingest_ack_seconds
    )
    with open_tracer(INGEST, exporting=bool(settings.otlp_endpoint)) as tracer:
        await providers.start()
        await publisher.start()
        try:
            account = Account(meter, tracer)
            app = build(Ports(publisher, providers, settings.feed_url.rstrip("/"), account))
            room = Room(
                app, meter, account.turned_away, calls=settings.ingest_calls, body_bytes=settings.ingest_body_bytes
            )
            await run_together(
                stop,
                serve(Measured(room, meter, route_of), settings.host, settings.ingest_port, stop),
                serve(meter.app(), settings.metrics_host, settings.ingest_metrics_port, stop),
            )
        finally:
            # After the server: open pushes still wait for their acknowledgements.
            await publisher.stop()
            await providers.stop()
