"""What can be set for telemetry, the same for every process; a service's settings build on it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class TelemetrySettings(BaseSettings):
    """`metrics_host` is loopback by default: metrics tell of stories under embargo.

    Traces are exported where `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) is set; OpenTelemetry reads it,
    and all of its other settings, itself. An empty one is not set.
    """

    model_config = SettingsConfigDict(env_prefix="NEWSWIRE_", frozen=True, extra="ignore")

    log_level: LogLevel = "INFO"
    metrics_host: str = "127.0.0.1"
    otlp_traces_endpoint: str = Field(default="", validation_alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    otlp_base_endpoint: str = Field(default="", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")

    @property
    def otlp_endpoint(self) -> str:
        """Where traces go, before the path for traces; empty when nowhere."""
        return self.otlp_traces_endpoint or self.otlp_base_endpoint
