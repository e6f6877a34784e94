"""What can be set for ingest: `NEWSWIRE_*` environment variables, read where the process starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from newswire.addresses import RedisUrl  # noqa: TC001 - pydantic reads the annotation
from newswire.telemetry.settings import TelemetrySettings


class IngestSettings(TelemetrySettings):
    """Ingest's settings.

    `providers` is the file of who may push; `feed_url` is where receipts are read (`Location`);
    `ingest_in_flight` bounds the publishes that Kafka has not acknowledged yet, `ingest_ack_seconds` how long
    a push waits for that. `ingest_calls` bounds the pushes under way, whether they still arrive or wait for Kafka,
    and `ingest_body_bytes` what they have sent; past either the answer is 503. `redis` holds what is remembered of
    pushes for a day; ingest works without it. `ingest_stories_per_minute` is the rate of providers without one of their
    own, in each process; 0 is no limit.
    """

    kafka: str = "127.0.0.1:9092"
    redis: RedisUrl = "redis://127.0.0.1:6379/0"
    host: str = "127.0.0.1"
    ingest_port: Annotated[int, Field(ge=0, le=65535)] = 8081
    ingest_metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9181
    providers: Path = Path("providers.toml")
    feed_url: str = "http://127.0.0.1:8080"
    ingest_in_flight: Annotated[int, Field(ge=1)] = 256
    ingest_ack_seconds: Annotated[float, Field(gt=0)] = 3.0
    ingest_calls: Annotated[int, Field(ge=1)] = 512
    # Not less than one batch.
    ingest_body_bytes: Annotated[int, Field(ge=8 * 1024 * 1024)] = 64 * 1024 * 1024
    ingest_stories_per_minute: Annotated[int, Field(ge=0)] = 6000
