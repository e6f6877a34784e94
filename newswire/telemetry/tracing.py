"""Traces: OpenTelemetry spans where an OTLP endpoint is set; else trace ids are passed on and nothing more.

A trace travels as `traceparent` (W3C Trace Context), over HTTP and in Kafka's headers. There is no global provider
and no current span: who makes a span hands it on.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from newswire.version import version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.trace import Span

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_FLUSH_MS: Final = 3_000


@contextmanager
def open_tracer(process: str, *, exporting: bool) -> Iterator[Tracer]:
    """A process's tracer. The exporter reads its `OTEL_*` settings from the environment, as all of its kind do."""
    if not exporting:
        yield NoOpTracer()
        return
    # Only now: half a second and 15 MB that nobody needs without an endpoint.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - as above
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above

    about = {"service.namespace": "newswire", "service.name": f"newswire-{process}", "service.version": version()}
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield provider.get_tracer("newswire", version())
    finally:
        provider.force_flush(_FLUSH_MS)
        provider.shutdown()


def exports(tracer: Tracer) -> bool:
    """Whether spans are made at all: the no-op tracer's own would cost a push 15 us."""
    return not isinstance(tracer, NoOpTracer)


def new_traceparent() -> str:
    """A trace that begins here, and is not sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"


def start_span(tracer: Tracer, name: str, kind: SpanKind, traceparent: str | None, start_ns: int | None = None) -> Span:
    """A span of the trace that `traceparent` names, or of a new one; to be ended by the caller."""
    carrier = {"traceparent": traceparent} if traceparent else {}
    return tracer.start_span(name, _PROPAGATOR.extract(carrier, Context()), kind, start_time=start_ns)


def traceparent_of(span: Span) -> str:
    """What to pass on: the span's own place in its trace, or a new trace where there is none."""
    context = span.get_span_context()
    if not context.is_valid:
        return new_traceparent()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def trace_id_of(traceparent: str | None) -> str | None:
    """The trace's id (32 hexadecimal digits) in a valid `traceparent`."""
    return traceparent[3:35] if traceparent else None
