"""What can be set for telemetry, the same for every process; a service's settings build on it."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class TelemetrySettings(BaseSettings):
    """`metrics_host` is loopback by default: metrics tell of stories under embargo.

    Traces are exported where `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) is set; OpenTelemetry reads it,
    and all of its other settings, itself.
    """

    model_config = SettingsConfigDict(env_prefix="NEWSWIRE_", frozen=True, extra="ignore")

    log_level: LogLevel = "INFO"
    metrics_host: str = "127.0.0.1"
    otlp_endpoint: str = Field(
        default="",
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    )
