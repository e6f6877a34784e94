from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from newswire.errors import PublishError
from newswire.telemetry.metrics import Meter
from newswire.topics import CloudEvent, trace_of
from services.feed import outlet as outlets
from services.feed.outlet import Outlet
from tests.support.metering import sample

EVENT = CloudEvent("id-1", "released", "/projector/clock", "a", "2026-01-01T00:00:00.000Z")


class Lab:
    """An outlet, and a broker whose clock is some seconds ahead or that does not answer."""

    def __init__(self) -> None:
        self.ahead_seconds = 0
        self.answers = True
        self.sent: list[dict[str, Any]] = []
        self.meter = Meter("projector")
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        producer: Any = SimpleNamespace(send_and_wait=self._send)
        self.outlet = Outlet(producer, "topic", self.meter, provider.get_tracer("test"))

    async def _send(self, topic: str, **record: Any) -> Any:
        if not self.answers:
            raise TimeoutError
        self.sent.append({"topic": topic, **record})
        return SimpleNamespace(timestamp=time.time_ns() // 1_000_000 + self.ahead_seconds * 1000)

    def counted(self, name: str, **labels: str) -> float | None:
        return sample(self.meter, f"newswire_{name}", **labels)


async def test_a_record_is_sent_as_it_is_and_counted() -> None:
    lab = Lab()
    lab.ahead_seconds = 60
    await lab.outlet.publish(1, key=b"k", value=None, headers=[])
    assert lab.sent == [{"topic": "topic", "key": b"k", "value": None, "headers": []}]
    assert lab.counted("records_published_total", topic="topic") == 1
    assert lab.counted("clock_skew_seconds", peer="kafka") == pytest.approx(60, abs=5)
    assert lab.exporter.get_finished_spans() == ()


async def test_an_answer_that_takes_its_time_is_no_clock_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    now = time.time()
    # The broker wrote it down at once, and its answer took three seconds.
    monkeypatch.setattr(outlets, "time", SimpleNamespace(time=iter([now - 0.001, now + 3]).__next__))
    await lab.outlet.publish(60, key=b"k", value=None, headers=[])
    assert lab.counted("clock_skew_seconds", peer="kafka") == 0


async def test_an_event_goes_on_with_the_trace_of_its_cause() -> None:
    lab = Lab()
    sent = await lab.outlet.send(EVENT, b"{}", f"00-{'ab' * 16}-{'c' * 16}-01", 1)
    (span,) = lab.exporter.get_finished_spans()
    assert sent.trace_id == f"{span.context.trace_id:032x}" == "ab" * 16
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == "c" * 16
    assert (trace_of(lab.sent[0]["headers"]) or "").startswith(f"00-{sent.trace_id}-{span.context.span_id:016x}-")


async def test_an_event_without_a_cause_begins_a_trace() -> None:
    lab = Lab()
    sent = await lab.outlet.send(EVENT, b"{}", None, 1)
    (span,) = lab.exporter.get_finished_spans()
    assert (span.name, span.kind, span.parent) == ("send topic", SpanKind.PRODUCER, None)
    assert sent.trace_id == f"{span.context.trace_id:032x}"
    (record,) = lab.sent
    assert (trace_of(record["headers"]) or "").startswith(f"00-{sent.trace_id}-{span.context.span_id:016x}-")
    assert (record["key"], dict(record["headers"])["ce_id"]) == (b"a", b"id-1")


async def test_what_is_not_acknowledged_is_not_counted_and_its_span_says_so() -> None:
    lab = Lab()
    lab.answers = False
    with pytest.raises(PublishError):
        await lab.outlet.send(EVENT, b"{}", None, 1)
    (span,) = lab.exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert lab.counted("records_published_total", topic="topic") == 0
