"""What the worker tells of its work: counts, a log line a record, a span for its processing and one for its publish."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import structlog
from opentelemetry.trace import INVALID_SPAN, SpanKind, StatusCode

from newswire.telemetry import metrics
from newswire.telemetry.tracing import exports, new_traceparent, start_span, trace_id_of, traceparent_of
from newswire.topics import DEAD_LETTERS, ENRICHED, RAW, trace_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from faust.types.tuples import Message
    from opentelemetry.trace import Span, Tracer
    from prometheus_client import Histogram

    from newswire.telemetry.metrics import Meter
    from newswire.topics import Headers
    from services.enrich.agent import Outgoing

log = structlog.get_logger()


class Work:
    """One record's way through the worker. `traceparent` is what goes on with what comes of it."""

    def __init__(self, tracer: Tracer, message: Message, headers: Headers, group: str) -> None:
        self.message = message
        self._tracer = tracer
        self._processing: Span = INVALID_SPAN
        given = trace_of(headers)
        if not exports(tracer):
            self.traceparent = given or new_traceparent()
        else:
            self._processing = start_span(tracer, f"process {RAW}", SpanKind.CONSUMER, given)
            self.traceparent = traceparent_of(self._processing)
            self._processing.set_attributes(
                {
                    **_messaging("process", RAW),
                    "messaging.consumer.group.name": group,
                    "messaging.destination.partition.id": str(message.partition),
                    "messaging.kafka.offset": message.offset,
                }
            )
        self._sending: Span | None = None
        self._began = 0.0

    def send(self, out: Outgoing) -> Outgoing:
        """Its record is about to be published: the same one, in the trace as it stands now."""
        self._began = time.perf_counter()
        if not exports(self._tracer):
            return out
        span = start_span(self._tracer, f"send {out.topic}", SpanKind.PRODUCER, self.traceparent)
        span.set_attributes(_messaging("send", out.topic))
        if out.id is not None:
            span.set_attribute("messaging.message.id", out.id)
        self._sending = span
        if out.error is not None:
            # A dead letter keeps its headers as they came.
            return out
        return out._replace(headers=_with_trace(out.headers, traceparent_of(span)))

    def sent(self, out: Outgoing) -> float:
        """The broker has it; seconds since it was handed to the producer."""
        seconds = time.perf_counter() - self._began
        if self._sending is not None:
            self._sending.end()
            if out.error is not None:
                self._processing.set_attribute("error.type", out.error)
                self._processing.set_status(StatusCode.ERROR)
            self._processing.end()
        return seconds


class Account:
    """One worker's; `group` is its consumer group."""

    def __init__(self, meter: Meter, tracer: Tracer, group: str) -> None:
        self.meter = meter
        self._tracer = tracer
        self._group = group
        self._enriched = meter.counter(metrics.ENRICHED)
        self._dead_letters = meter.counter(metrics.DEAD_LETTERS)
        self._published = {topic: meter.counter(metrics.PUBLISHED).labels(topic) for topic in (ENRICHED, DEAD_LETTERS)}
        self._seconds = {
            topic: meter.histogram(metrics.PUBLISH_SECONDS).labels(topic) for topic in (ENRICHED, DEAD_LETTERS)
        }
        self._stages = meter.histogram(metrics.STAGE_SECONDS)
        # A look at a label costs several times as much as counting.
        self._stage: dict[str, Histogram] = {}
        self._stage_errors = meter.counter(metrics.STAGE_ERRORS)
        self._held = meter.gauge(metrics.ENRICH_HELD)
        self._lag = meter.gauge(metrics.LAG).labels(RAW)
        self.lags(None)

    def watch_held(self, held: Callable[[], int]) -> None:
        """Look up how many records are in flight whenever it is asked for."""
        self._held.set_function(held)

    def begin(self, message: Message, headers: Headers) -> Work:
        """A record has come."""
        return Work(self._tracer, message, headers, self._group)

    def worked(self, out: Outgoing, cpu_ms: Mapping[str, float]) -> None:
        """The pipeline is through with a record."""
        for stage, milliseconds in cpu_ms.items():
            histogram = self._stage.get(stage)
            if histogram is None:
                histogram = self._stage[stage] = self._stages.labels(stage)
            histogram.observe(milliseconds / 1000)
        for failure in out.failures:
            # Named as the stage, and what went wrong there.
            self._stage_errors.labels(failure.partition(":")[0]).inc()

    def done(self, work: Work, out: Outgoing) -> None:
        """What came of a record is published, and acknowledged."""
        seconds = work.sent(out)
        self._published[out.topic].inc()
        self._seconds[out.topic].observe(seconds)
        place = {"partition": work.message.partition, "offset": work.message.offset}
        trace_id = trace_id_of(work.traceparent)
        if out.error is None:
            self._enriched.inc()
            log.info("enriched", id=out.id, uri=out.uri, version=out.version, **place, trace_id=trace_id)
        else:
            self._dead_letters.labels(RAW, out.error).inc()
            log.warning("dead_letter", topic=RAW, **place, error_type=out.error, trace_id=trace_id)

    def lags(self, records: int | None) -> None:
        """So many records are there that were not worked on; None when that is not known."""
        self._lag.set(math.nan if records is None else records)


def _messaging(operation: str, topic: str) -> dict[str, str]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": topic,
    }


def _with_trace(headers: Headers, traceparent: str) -> Headers:
    others = [(name, value) for name, value in headers if name != "traceparent"]
    return [*others, ("traceparent", traceparent.encode())]
