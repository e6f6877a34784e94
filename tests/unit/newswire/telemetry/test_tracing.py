import re

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracer, SpanKind, Tracer

from newswire.telemetry.tracing import open_tracer, start_span, trace_id_of, traceparent_of

GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
FORM = r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"


@pytest.fixture(params=["off", "on"])
def tracer(request: pytest.FixtureRequest) -> Tracer:
    return NoOpTracer() if request.param == "off" else TracerProvider(shutdown_on_exit=False).get_tracer("test")


def test_a_trace_goes_on(tracer: Tracer) -> None:
    span = start_span(tracer, "send articles.raw", SpanKind.PRODUCER, GIVEN)
    passed_on = traceparent_of(span)
    span.end()
    assert re.fullmatch(FORM, passed_on)
    assert trace_id_of(passed_on) == trace_id_of(GIVEN)


def test_without_one_a_new_trace_begins(tracer: Tracer) -> None:
    first, second = (traceparent_of(start_span(tracer, "x", SpanKind.SERVER, None)) for _ in range(2))
    assert re.fullmatch(FORM, first)
    assert trace_id_of(first) != trace_id_of(second)


def test_what_is_no_traceparent_begins_a_new_trace(tracer: Tracer) -> None:
    assert re.fullmatch(FORM, traceparent_of(start_span(tracer, "x", SpanKind.SERVER, "nonsense")))


def test_a_span_is_the_child_of_the_one_before() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    first = start_span(tracer, "POST /v1/stories", SpanKind.SERVER, GIVEN)
    second = start_span(tracer, "send articles.raw", SpanKind.PRODUCER, traceparent_of(first))
    second.end()
    first.end()
    child, parent = exporter.get_finished_spans()
    assert child.parent is not None
    assert parent.parent is not None
    assert child.parent.span_id == parent.context.span_id
    assert f"{parent.parent.span_id:016x}" == GIVEN[36:52]


def test_nothing_is_exported_without_an_endpoint() -> None:
    with open_tracer("ingest", exporting=False) as tracer:
        assert isinstance(tracer, NoOpTracer)
