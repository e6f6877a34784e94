"""What ingest tells of its work: counts, a log line a push, a span for the push and one for its publish."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog
from opentelemetry.trace import INVALID_SPAN, SpanKind, StatusCode
from starlette.requests import Request

from newswire.errors import NewswireError
from newswire.problem import describe
from newswire.telemetry.metrics import ACCEPTED, LAST_ACCEPTED
from newswire.telemetry.tracing import exports, new_traceparent, start_span, trace_id_of, traceparent_of
from newswire.topics import RAW, trace_of

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer
    from starlette.types import Scope

    from newswire.events import ArticleEvent
    from newswire.telemetry.metrics import Meter
    from services.ingest.publisher import Stored

# What came from outside has a place in a line or a span, and not all of it.
_MOST_CHARS: Final = 500

log = structlog.get_logger()


class Call:
    """One request that pushes; its trace is the caller's, or begins here."""

    def __init__(self, tracer: Tracer, request: Request, route: str) -> None:
        given = _given(request)
        self.provider = ""
        self._tracer = tracer
        self._span: Span = INVALID_SPAN
        if not exports(tracer):
            self.traceparent = given or new_traceparent()
            return
        self._span = start_span(tracer, route, SpanKind.SERVER, given)
        self.traceparent = traceparent_of(self._span)
        method, _, path = route.partition(" ")
        asked = request.url.path[:_MOST_CHARS]
        self._span.set_attributes(
            {"http.request.method": method, "http.route": path, "url.path": asked, "url.scheme": "http"}
        )

    def publishing(self) -> tuple[Span, str]:
        """A span for one record's way to Kafka, and the trace that the record takes along."""
        if not exports(self._tracer):
            return INVALID_SPAN, self.traceparent
        span = start_span(self._tracer, f"send {RAW}", SpanKind.PRODUCER, self.traceparent)
        span.set_attributes(
            {
                "messaging.system": "kafka",
                "messaging.operation.name": "send",
                "messaging.operation.type": "send",
                "messaging.destination.name": RAW,
            }
        )
        return span, traceparent_of(span)

    def end(self, status: int) -> None:
        """The request is answered."""
        self._span.set_attribute("http.response.status_code", status)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


class Account:
    """One ingest process's."""

    def __init__(self, meter: Meter, tracer: Tracer) -> None:
        self.meter = meter
        self._tracer = tracer
        self._accepted = meter.counter(ACCEPTED)
        self._last = meter.gauge(LAST_ACCEPTED)

    def begin(self, request: Request, route: str) -> Call:
        """A request that pushes has come."""
        return Call(self._tracer, request, route)

    def accepted(self, event: ArticleEvent, traceparent: str, size: int) -> None:
        """An event is stored; `size` in bytes, as it is in Kafka."""
        self._accepted.labels(event.provider).inc()
        self._last.labels(event.provider).set(time.time())
        log.info(
            "accepted",
            id=event.id,
            uri=event.article.uri,
            version=event.article.version,
            provider=event.provider,
            bytes=size,
            trace_id=trace_id_of(traceparent),
        )

    def refused(self, call: Call, error: NewswireError) -> None:
        """A push was not taken, or one of its stories."""
        _tell_refused(error, call.provider or None, call.traceparent)

    def failed(self, call: Call, error: Exception) -> None:
        """A bug. Its traceback is the server's to tell, without the trace that it belongs to."""
        log.error("bug", error_type=type(error).__name__, trace_id=trace_id_of(call.traceparent))

    def turned_away(self, scope: Scope, error: NewswireError) -> None:
        """There was no room for a request; none of it was looked at but its trace."""
        _tell_refused(error, None, _given(Request(scope)))


def _given(request: Request) -> str | None:
    """The caller's `traceparent`, if it is one."""
    header = request.headers.get("traceparent")
    return trace_of([("traceparent", header.encode("latin-1"))]) if header else None


def _tell_refused(error: NewswireError, provider: str | None, traceparent: str | None) -> None:
    """The line of a refusal. Its detail tells what was wrong, never what was in it."""
    status, reason, _ = describe(error)
    detail = str(error)[:_MOST_CHARS]
    trace_id = trace_id_of(traceparent)
    log.info("refused", status=status, reason=reason, detail=detail, provider=provider, trace_id=trace_id)


def note_outcome(span: Span, event: ArticleEvent, outcome: Stored | NewswireError) -> None:
    """Say where a record stands, or why it is not known to."""
    if not span.is_recording():
        return
    span.set_attribute("messaging.message.id", event.id)
    if isinstance(outcome, NewswireError):
        span.set_attribute("error.type", type(outcome).__name__)
        span.set_status(StatusCode.ERROR)
        return
    span.set_attribute("messaging.destination.partition.id", str(outcome.partition))
    # A batch that was sent twice is acknowledged without one.
    if outcome.offset >= 0:
        span.set_attribute("messaging.kafka.offset", outcome.offset)
