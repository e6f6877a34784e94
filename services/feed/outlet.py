"""The projector's process -> one Kafka topic: each record acknowledged and counted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from opentelemetry.trace import SpanKind, StatusCode

from newswire.errors import NewswireError
from newswire.producer import publish
from newswire.telemetry.metrics import CLOCK_SKEW, PUBLISHED
from newswire.telemetry.skew import skew_seconds
from newswire.telemetry.tracing import start_span, trace_id_of, traceparent_of
from newswire.topics import cloud_event_headers, key

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer
    from opentelemetry.trace import Tracer

    from newswire.telemetry.metrics import Meter
    from newswire.topics import CloudEvent


class Sent(NamedTuple):
    """When the broker wrote an event down (ms), and the trace that it belongs to."""

    log_ms: int
    trace_id: str | None


class Outlet:
    """Raises, in all that it does, as newswire.producer.publish."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, meter: Meter, tracer: Tracer) -> None:
        self._producer = producer
        self._topic = topic
        self._tracer = tracer
        self._published = meter.counter(PUBLISHED).labels(topic)
        self._ahead = meter.gauge(CLOCK_SKEW).labels("kafka")
        self._ahead.set(float("nan"))

    async def publish(self, seconds: float, **record: object) -> int:
        """Send a record as it is; says its log time (ms)."""
        asked = time.time()
        log_ms = await publish(self._producer, self._topic, seconds, **record)
        self._published.inc()
        # All the topics have the broker's own time.
        self._ahead.set(skew_seconds(log_ms / 1e3, asked, time.time()))
        return log_ms

    async def send(self, event: CloudEvent, value: bytes, cause: str | None, seconds: float) -> Sent:
        """Send an event, in the trace that the `traceparent` of its cause names; without one a trace begins with it."""
        span = start_span(self._tracer, f"send {self._topic}", SpanKind.PRODUCER, cause)
        span.set_attributes(
            {
                "messaging.system": "kafka",
                "messaging.operation.name": "send",
                "messaging.operation.type": "send",
                "messaging.destination.name": self._topic,
                "messaging.message.id": event.id,
            }
        )
        traceparent = traceparent_of(span)
        try:
            headers = cloud_event_headers(event, traceparent)
            log_ms = await self.publish(seconds, key=key(event.subject), value=value, headers=headers)
        except NewswireError as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            span.end()
        return Sent(log_ms, trace_id_of(traceparent))
