"""An account that nobody looks at, for an ingest without Kafka."""

from __future__ import annotations

from opentelemetry.trace import NoOpTracer

from newswire.telemetry.metrics import INGEST, Meter
from services.ingest.account import Account


def quiet_account() -> Account:
    return Account(Meter(INGEST), NoOpTracer())
