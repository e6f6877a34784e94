"""What can be set for the enrich worker: `NEWSWIRE_*` environment variables, read where the process starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from newswire.telemetry.settings import TelemetrySettings


class EnrichSettings(TelemetrySettings):
    """The worker's settings. `data` is Faust's folder; nothing of worth is kept there."""

    kafka: str = "127.0.0.1:9092"
    host: str = "127.0.0.1"
    enrich_port: Annotated[int, Field(ge=0, le=65535)] = 8082
    enrich_metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9182
    data: Path = Path(".newswire/enrich")
