from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracer, SpanKind, Tracer

from newswire.errors import SetupError
from newswire.telemetry.exporter import ToldExporter
from newswire.telemetry.settings import TelemetrySettings
from newswire.telemetry.tracing import open_tracer, start_span, trace_id_of, traceparent_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@contextmanager
def exporting(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> Iterator[Tracer]:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    with open_tracer("ingest", exporting=True) as tracer:
        yield tracer


@pytest.mark.parametrize(
    ("name", "value"), [("OTEL_SDK_DISABLED", "true"), ("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_EXPORTER", "none")]
)
def test_it_can_be_turned_off(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with exporting(monkeypatch, "http://127.0.0.1:1") as tracer:
        assert isinstance(tracer, NoOpTracer)


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"])
def test_a_protocol_that_is_not_spoken_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "grpc")
    with pytest.raises(SetupError, match=f"{name}: grpc"), exporting(monkeypatch, "http://127.0.0.1:1"):
        pass


def test_the_protocol_for_traces_counts_and_an_empty_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")
    with exporting(monkeypatch, "http://127.0.0.1:1") as tracer:
        assert not isinstance(tracer, NoOpTracer)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "")
    with exporting(monkeypatch, "http://127.0.0.1:1") as tracer:
        assert not isinstance(tracer, NoOpTracer)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "newswire-ingest"),
        ({"OTEL_SERVICE_NAME": "wire"}, "wire"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=wire,team=desk"}, "wire"),
    ],
)
def test_the_service_is_named_as_the_environment_says(
    environ: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    with exporting(monkeypatch, "http://127.0.0.1:1") as tracer:
        told = tracer.start_span("x").resource.attributes  # type: ignore[attr-defined]
    assert told["service.name"] == name
    assert told["service.namespace"] == "newswire"
    assert told.get("team") == ("desk" if "OTEL_RESOURCE_ATTRIBUTES" in environ else None)


@pytest.fixture(params=["silent", "refused"])
def dead_end(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a connection is taken and never answered, and where there is none to be had."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        if request.param == "refused":
            listening.close()
            yield "http://127.0.0.1:1"
        else:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_spans_that_nobody_takes_do_not_hold_up_the_end(dead_end: str) -> None:
    code = (
        "from newswire.telemetry.tracing import open_tracer\n"
        "import newswire.telemetry.tracing as tracing, threading\n"
        "tracing._END_SECONDS = 0.1\n"
        "with open_tracer('ingest', exporting=True) as tracer:\n"
        "    tracer.start_span('x').end()\n"
        # Still at it: without the bound the end would have waited for this.
        "print([thread.name for thread in threading.enumerate() if thread.name == 'traces'])"
    )
    # The SDK gives up by itself after ten minutes; the process is to end long before.
    environ = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": dead_end, "OTEL_EXPORTER_OTLP_TIMEOUT": "600"}
    run = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, timeout=25, check=True)
    assert run.stdout == b"['traces']\n"


class Fickle(SpanExporter):
    """Takes spans, or does not, or breaks."""

    def __init__(self, *results: SpanExportResult | Exception) -> None:
        self._results = list(results)

    def export(self, _: object) -> SpanExportResult:
        result = self._results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


def test_that_spans_are_not_taken_is_told_once_and_that_they_are_again_too() -> None:
    taken, lost = SpanExportResult.SUCCESS, SpanExportResult.FAILURE
    exporter = ToldExporter(Fickle(taken, lost, lost, taken, taken, ValueError("no scheme"), lost))
    with structlog.testing.capture_logs() as lines:
        for _ in range(5):
            exporter.export([])
        with pytest.raises(ValueError, match="no scheme"):
            exporter.export([])
        exporter.export([])
    assert [line["event"] for line in lines] == ["traces_not_taken", "traces_taken_again", "traces_not_taken"]


@pytest.mark.parametrize(
    ("traces", "base", "found"),
    [("", "", ""), ("", "http://base", "http://base"), ("http://traces", "http://base", "http://traces")],
)
def test_an_empty_endpoint_is_not_set(traces: str, base: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", base)
    assert TelemetrySettings().otlp_endpoint == found
