"""What can be set for ingest: `NEWSWIRE_*` environment variables. Read in app.py only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class IngestSettings(BaseSettings):
    """Ingest's settings.

    `providers` is the file of who may push; `feed_url` is where receipts are read (`Location`);
    `ingest_in_flight` bounds the publishes that Kafka has not acknowledged yet, `ingest_ack_seconds` how long
    a push waits for that.
    """

    model_config = SettingsConfigDict(env_prefix="NEWSWIRE_", frozen=True, extra="ignore")

    kafka: str = "127.0.0.1:9092"
    host: str = "127.0.0.1"
    ingest_port: int = 8081
    providers: Path = Path("providers.toml")
    feed_url: str = "http://127.0.0.1:8080"
    log_level: str = "INFO"
    ingest_in_flight: Annotated[int, Field(ge=1)] = 256
    ingest_ack_seconds: Annotated[float, Field(gt=0)] = 3.0
