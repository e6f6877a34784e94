"""Traces: OpenTelemetry spans where an OTLP endpoint is set; else trace ids are passed on and nothing more.

A trace travels as `traceparent` (W3C Trace Context), over HTTP and in Kafka's headers. There is no global provider
and no current span: who makes a span hands it on.
"""

from __future__ import annotations

import os
import secrets
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from newswire.errors import SetupError
from newswire.version import version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.trace import Span

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_PROTOCOL: Final = "http/protobuf"
_END_SECONDS: Final = 3.0


@contextmanager
def open_tracer(process: str, *, exporting: bool) -> Iterator[Tracer]:
    """A process's tracer. The exporter reads its `OTEL_*` settings from the environment, as all of its kind do.

    Raises SetupError when it is told to speak another protocol than OTLP over HTTP.
    """
    if not (exporting and _wanted(os.environ)):
        yield NoOpTracer()
        return
    from newswire.telemetry.exporter import make_provider  # noqa: PLC0415 - as is said there

    provider = make_provider(process)
    try:
        yield provider.get_tracer("newswire", version())
    finally:
        # The SDK's own flush and shutdown may each take ten seconds and more while nobody takes the spans
        # (opentelemetry-python 4568): a thread that nobody waits for at the end.
        ending = threading.Thread(target=provider.shutdown, name="traces", daemon=True)
        ending.start()
        ending.join(_END_SECONDS)


def _wanted(environ: Mapping[str, str]) -> bool:
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    for name in ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        if protocol := environ.get(name):
            if protocol != _PROTOCOL:
                msg = f"{name}: {protocol} is not spoken, only {_PROTOCOL}"
                raise SetupError(msg)
            break
    return True


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
