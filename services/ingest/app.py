"""Wires ingest together and runs it. The only reader of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from newswire.health import watch_checks
from newswire.measured import Measured
from newswire.room import Room
from newswire.serving import run_together, serve, stop_event
from newswire.telemetry.metrics import INGEST, Meter
from newswire.telemetry.tracing import open_tracer
from services.ingest.account import Account
from services.ingest.api import build, checks, route_of
from services.ingest.calls import Ports
from services.ingest.credentials import ProvidersFile
from services.ingest.memory import RedisMemory
from services.ingest.publisher import KafkaPublisher
from services.ingest.rates import Rate

if TYPE_CHECKING:
    from services.ingest.settings import IngestSettings

_MINUTE: Final = 60
# Beside the wires' views, which have names of their own.
_REMEMBERED: Final = "{ingest}:"


async def run(settings: IngestSettings) -> None:
    """Serve until SIGINT or SIGTERM. Raises OSError when a port is taken."""
    stop = stop_event()
    meter = Meter(INGEST)
    rate = Rate(settings.ingest_stories_per_minute, _MINUTE) if settings.ingest_stories_per_minute else None
    providers = ProvidersFile(settings.providers, rate=rate)
    memory = RedisMemory(settings.redis, _REMEMBERED)
    publisher = KafkaPublisher(
        settings.kafka, meter, in_flight=settings.ingest_in_flight, ack_seconds=settings.ingest_ack_seconds
    )
    with open_tracer(INGEST, exporting=bool(settings.otlp_endpoint)) as tracer:
        await providers.start()
        await publisher.start()
        try:
            account = Account(meter, tracer)
            ports = Ports(publisher, providers, settings.feed_url.rstrip("/"), account, memory)
            room = Room(
                build(ports),
                meter,
                account.turned_away,
                calls=settings.ingest_calls,
                body_bytes=settings.ingest_body_bytes,
            )
            await run_together(
                stop,
                watch_checks(checks(ports), meter, stop),
                serve(Measured(room, meter, route_of), settings.host, settings.ingest_port, stop),
                serve(meter.app(), settings.metrics_host, settings.ingest_metrics_port, stop),
            )
        finally:
            # After the server: open pushes still wait for their acknowledgements.
            await publisher.stop()
            await providers.stop()
            await memory.close()
