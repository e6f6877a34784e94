"""What can be set for the enrich worker: `NEWSWIRE_*` environment variables, read where the process starts."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class EnrichSettings(BaseSettings):
    """The worker's settings. `data` is Faust's folder; nothing of worth is kept there."""

    model_config = SettingsConfigDict(env_prefix="NEWSWIRE_", frozen=True, extra="ignore")

    kafka: str = "127.0.0.1:9092"
    host: str = "127.0.0.1"
    enrich_port: int = 8082
    data: Path = Path(".newswire/enrich")
    log_level: str = "INFO"
