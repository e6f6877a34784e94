"""Wires ingest together and runs it. The only reader of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newswire.room import Room
from newswire.serving import serve, stop_event
from services.ingest.api import Ports, build
from services.ingest.credentials import ProvidersFile
from services.ingest.publisher import KafkaPublisher

if TYPE_CHECKING:
    from services.ingest.settings import IngestSettings


async def run(settings: IngestSettings) -> None:
    """Serve until SIGINT or SIGTERM. Raises OSError when the port is taken."""
    stop = stop_event()
    providers = ProvidersFile(settings.providers)
    publisher = KafkaPublisher(
        settings.kafka, in_flight=settings.ingest_in_flight, ack_seconds=settings.ingest_ack_seconds
    )
    await providers.start()
    await publisher.start()
    try:
        app = build(Ports(publisher, providers, settings.feed_url.rstrip("/")))
        room = Room(app, calls=settings.ingest_calls, body_bytes=settings.ingest_body_bytes)
        await serve(room, settings.host, settings.ingest_port, stop)
    finally:
        # After the server: open pushes still wait for their acknowledgements.
        await publisher.stop()
        await providers.stop()
