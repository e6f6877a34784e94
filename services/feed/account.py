"""What the projector tells of its work: counts, a log line a record, a span a record.

A rebuild applies again what was told when it happened first: it is counted, and logged as one line a second. What it
applies for the first time, as on a new wire, has its lines and spans, but is no measure of freshness.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

import structlog
from opentelemetry.trace import SpanKind, StatusCode

from newswire.events import EnrichedEvent
from newswire.instants import instant_us
from newswire.lifecycle import Kind
from newswire.telemetry import metrics
from newswire.telemetry.tracing import exports, start_span, trace_id_of
from newswire.topics import trace_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiokafka.structs import ConsumerRecord
    from opentelemetry.trace import Tracer

    from newswire.errors import BadRecordError
    from newswire.telemetry.metrics import Meter
    from services.feed.projection import Parsed
    from services.feed.standing import Standing
    from services.feed.store.writes import Write

_VISIBLE: Final = frozenset({"new", "update"})
_EFFECTS: Final = (*get_args(Kind), "none")

log = structlog.get_logger()


class Outcome(NamedTuple):
    """What became of a record: what it says if it could be read, its write, why it is a dead letter if it is one."""

    record: ConsumerRecord
    parsed: Parsed | None
    write: Write
    error: BadRecordError | None


class Span(NamedTuple):
    """From when a batch came in to when the store had taken it: nanoseconds since 1970."""

    start_ns: int
    end_ns: int


class Account:
    """One projector's; `topic` is the log that it follows."""

    def __init__(self, meter: Meter, tracer: Tracer, group: str, topic: str) -> None:
        self._tracer = tracer
        self._recording = exports(tracer)
        self._applied = {effect: meter.counter(metrics.APPLIED).labels(effect) for effect in _EFFECTS}
        self._seconds = meter.histogram(metrics.APPLY_SECONDS)
        self._freshness = meter.histogram(metrics.FRESHNESS)
        self._dead_letters = meter.counter(metrics.DEAD_LETTERS)
        self._rebuilds = meter.counter(metrics.REBUILDS)
        self._active = meter.gauge(metrics.ACTIVE)
        self._whole = meter.gauge(metrics.WHOLE)
        self._lag = meter.gauge(metrics.LAG).labels(topic)
        self._offset = meter.gauge(metrics.OFFSET)
        for unknown in (self._whole, self._lag, self._offset):
            unknown.set(math.nan)
        self._messaging = {
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": topic,
            "messaging.destination.partition.id": "0",
            "messaging.consumer.group.name": group,
        }
        self._name = f"process {topic}"

    def applied(self, outcomes: Sequence[Outcome], span: Span, *, once: int, rebuilding: bool) -> None:
        """A batch has taken effect; what is before the offset `once` had done so already."""
        for effect, count in Counter(_effect(outcome.write) for outcome in outcomes).items():
            self._applied[effect].inc(count)
        self._seconds.observe((span.end_ns - span.start_ns) / 1e9)
        first = [outcome for outcome in outcomes if outcome.record.offset >= once]
        for outcome in first:
            _tell(outcome)
            if not rebuilding:
                self._measure(outcome, span.end_ns)
        if self._recording:
            for outcome in first:
                self._trace(outcome, span)

    def buried(self, record: ConsumerRecord, error: BadRecordError) -> None:
        """A record is among the dead letters."""
        kind = type(error).__name__
        self._dead_letters.labels(record.topic, kind).inc()
        trace_id = trace_id_of(trace_of(record.headers))
        log.warning("dead_letter", topic=record.topic, offset=record.offset, error_type=kind, trace_id=trace_id)

    def watch(self, standing: Callable[[], Standing]) -> None:
        """Look up where the projector is whenever it is asked for: also while it waits for something."""
        self._active.set_function(lambda: standing().active)
        self._whole.set_function(lambda: _number(standing().whole))
        self._lag.set_function(lambda: _number(standing().lag))
        self._offset.set_function(lambda: _number(standing().offset))

    def lost(self) -> None:
        """The view was found lost or gone back in time."""
        self._rebuilds.inc()

    def rebuilds(self, standing: Standing) -> None:
        """A rebuild is under way."""
        if standing.rebuild is not None:
            share = round(standing.share, 3)
            log.info("rebuilding", offset=standing.offset, end=standing.rebuild.end, share=share)

    def _measure(self, outcome: Outcome, end_ns: int) -> None:
        """Freshness, of a story that its own record made visible; a better enrichment of it is no news."""
        event = outcome.parsed.event if outcome.parsed else None
        if outcome.write.kind in _VISIBLE and isinstance(event, EnrichedEvent) and not event.revision:
            seconds = (end_ns // 1_000 - instant_us(event.accepted)) / 1e6
            # By the clocks of two hosts. Below 0 they are apart for certain, and 0 would be told as very fresh.
            if seconds >= 0:
                self._freshness.observe(seconds)

    def _trace(self, outcome: Outcome, span: Span) -> None:
        record, parsed = outcome.record, outcome.parsed
        told = start_span(self._tracer, self._name, SpanKind.CONSUMER, trace_of(record.headers), span.start_ns)
        if told.is_recording():
            told.set_attributes(self._messaging)
            told.set_attribute("messaging.kafka.offset", record.offset)
            told.set_attribute("newswire.change.kind", _effect(outcome.write))
            if parsed is not None:
                told.set_attribute("messaging.message.id", parsed.event.id)
            if outcome.error is not None:
                told.set_attribute("error.type", type(outcome.error).__name__)
                told.set_status(StatusCode.ERROR)
        told.end(span.end_ns)


def _tell(outcome: Outcome) -> None:
    """The line of a record; a dead letter has had its own."""
    parsed, write = outcome.parsed, outcome.write
    if parsed is None or outcome.error is not None:
        return
    event = parsed.event
    log.info(
        "applied",
        change=write.offset,
        kind=_effect(write),
        id=event.id,
        uri=parsed.uri,
        version=event.article.version if isinstance(event, EnrichedEvent) else write.version,
        trace_id=parsed.trace_id,
    )


def _effect(write: Write) -> str:
    return write.kind or "none"


def _number(known: int | None) -> float:
    return math.nan if known is None else known
