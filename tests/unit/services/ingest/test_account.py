from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracer, SpanKind

from newswire.measured import Measured
from newswire.telemetry.metrics import Meter
from services.ingest.account import Account
from services.ingest.api import build, route_of
from services.ingest.calls import Ports
from services.ingest.memory import NoMemory
from tests.support.metering import sample
from tests.unit.services.ingest.fake_publisher import FakePublisher
from tests.unit.services.ingest.test_api import KEYS, FixedProviders

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
STORY = {"uri": "https://acme.example/1", "version": "1", "headlines": [{"value": "SECRET HEADLINE"}]}


class Ingest:
    """An ingest without Kafka, and what it tells."""

    def __init__(self, tracer: Tracer) -> None:
        self.meter = Meter("ingest")
        self.publisher = FakePublisher()
        app = build(Ports(self.publisher, FixedProviders(KEYS), "http://feed", Account(self.meter, tracer), NoMemory()))
        self.app = Measured(app, self.meter, route_of)
        self.lines: list[Any] = []

    async def push(self, story: dict[str, Any], **headers: str) -> httpx.Response:
        given = {"Authorization": "Bearer d.s", "traceparent": PARENT} | headers
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://x") as client:
            with structlog.testing.capture_logs() as lines:
                answer = await client.post("/v1/stories", json=story, headers=given)
            self.lines.extend(lines)
        return answer


@pytest.fixture
def ingest() -> Ingest:
    return Ingest(NoOpTracer())


async def test_an_accepted_story_is_counted_and_told_of_by_its_trace(ingest: Ingest) -> None:
    answer = await ingest.push(STORY)
    assert answer.status_code == 202
    [line] = ingest.lines
    assert line == {
        "event": "accepted",
        "log_level": "info",
        "id": answer.json()["id"],
        "uri": STORY["uri"],
        "version": "1",
        "provider": "dev",
        "bytes": len(ingest.publisher.records[0].value),
        "trace_id": TRACE,
    }
    assert sample(ingest.meter, "newswire_stories_accepted_total", provider="dev") == 1
    assert sample(ingest.meter, "newswire_provider_last_accepted_timestamp_seconds", provider="dev")
    assert sample(ingest.meter, "newswire_requests_total", route="POST /v1/stories", status="202") == 1


async def test_a_refused_story_is_counted_by_its_reason_and_told_of_without_what_was_in_it(ingest: Ingest) -> None:
    assert (await ingest.push(STORY | {"SECRET": 1})).status_code == 422
    [line] = ingest.lines
    assert (line["event"], line["status"], line["reason"], line["trace_id"]) == ("refused", 422, "violation", TRACE)
    assert "SECRET" not in str(line)
    assert sample(ingest.meter, "newswire_refused_total", reason="violation") == 1
    assert sample(ingest.meter, "newswire_stories_accepted_total", provider="dev") is None


async def test_a_wrong_key_is_in_no_line(ingest: Ingest) -> None:
    assert (await ingest.push(STORY, Authorization="Bearer d.guessed")).status_code == 401
    assert "guessed" not in str(ingest.lines)


async def test_the_callers_trace_goes_on_to_kafka_and_without_one_a_new_one_begins(ingest: Ingest) -> None:
    await ingest.push(STORY)
    await ingest.push(STORY, traceparent="nonsense")
    first, second = (dict(record.headers)["traceparent"].decode() for record in ingest.publisher.records)
    assert first == PARENT
    assert second[3:35] == ingest.lines[1]["trace_id"] != TRACE


async def test_with_a_collector_the_push_and_its_publish_are_spans_of_the_callers_trace() -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    ingest = Ingest(provider.get_tracer("test"))
    await ingest.push(STORY)
    sending, serving = exporter.get_finished_spans()
    assert (serving.name, serving.kind) == ("POST /v1/stories", SpanKind.SERVER)
    assert (sending.name, sending.kind) == ("send articles.raw", SpanKind.PRODUCER)
    assert serving.parent is not None
    assert sending.parent is not None
    assert f"{serving.parent.span_id:016x}" == PARENT[36:52]
    assert sending.parent.span_id == serving.context.span_id
    header = dict(ingest.publisher.records[0].headers)["traceparent"].decode()
    assert header == f"00-{TRACE}-{sending.context.span_id:016x}-01"
    assert dict(serving.attributes or {}) | {"http.response.status_code": 202} == dict(serving.attributes or {})
    assert (sending.attributes or {})["messaging.kafka.offset"] == 0
