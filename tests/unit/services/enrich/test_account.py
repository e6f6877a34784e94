from __future__ import annotations

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracer, SpanKind, StatusCode

from newswire.article import Article
from newswire.events import ArticleEvent, Enrichment, encode
from newswire.telemetry.metrics import Meter
from newswire.topics import DEAD_LETTERS, ENRICHED, RAW
from services.enrich.account import Account
from services.enrich.agent import Enricher, Outgoing
from tests.support.metering import sample
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Tracer

    from services.enrich.enrichment.pipeline import Timings

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
STORY = Article(uri="urn:a", version="7")
RAW_EVENT = encode(ArticleEvent(id="id-1", provider="acme", accepted="2026-01-01T00:00:00Z", article=STORY))


def enrich(article: Article, timings: Timings | None = None) -> Enrichment:
    assert article.uri
    assert timings
    timings.add("summary", 0.001)
    return Enrichment(summary="s", errors=("language: ValueError",))


class Worker:
    """A worker without Kafka, and what it tells."""

    def __init__(self, tracer: Tracer, executor: ThreadPoolExecutor) -> None:
        self.meter = Meter("enrich")
        self.sent: list[Outgoing] = []
        self.acknowledged: list[asyncio.Future[object]] = []
        self.lines: list[Any] = []
        self.acked: list[int] = []
        self._enricher = Enricher(enrich, self._send, executor, Account(self.meter, tracer, "newswire-enrich"))

    async def run(self, value: bytes, traceparent: str | None = PARENT) -> None:
        """One record's whole way."""
        with structlog.testing.capture_logs() as self.lines:
            acknowledging = asyncio.create_task(self._enricher.acknowledge())
            await self.take(value, traceparent)
            await until(lambda: self.held == 1)
            self.acknowledged[-1].set_result(None)
            await until(lambda: bool(self.lines))
            acknowledging.cancel()

    async def take(self, value: bytes, traceparent: str | None) -> None:
        headers = [("traceparent", traceparent.encode())] if traceparent else []
        message = SimpleNamespace(topic=RAW, partition=4, offset=9, key=b"k", value=value, headers=headers)
        await self._enricher.take(cast("Any", self), cast("Any", SimpleNamespace(message=message, value=value)))

    async def ack(self, event: Any) -> bool:
        """Be the stream, too."""
        self.acked.append(event.message.offset)
        return True

    @property
    def held(self) -> float | None:
        return sample(self.meter, "newswire_enrich_in_flight")

    async def _send(self, out: Outgoing) -> asyncio.Future[object]:
        self.sent.append(out)
        self.acknowledged.append(asyncio.get_running_loop().create_future())
        return self.acknowledged[-1]


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def worker(executor: ThreadPoolExecutor) -> Worker:
    return Worker(NoOpTracer(), executor)


async def test_a_story_is_counted_and_told_of_once_the_broker_has_it(worker: Worker) -> None:
    await worker.run(RAW_EVENT)
    assert worker.lines == [
        {
            "event": "enriched",
            "log_level": "info",
            "id": "id-1",
            "uri": "urn:a",
            "version": "7",
            "partition": 4,
            "offset": 9,
            "trace_id": TRACE,
        }
    ]
    meter = worker.meter
    assert sample(meter, "newswire_stories_enriched_total") == 1
    assert sample(meter, "newswire_records_published_total", topic=ENRICHED) == 1
    assert sample(meter, "newswire_publish_seconds_count", topic=ENRICHED) == 1
    assert sample(meter, "newswire_enrich_stage_cpu_seconds_sum", stage="summary") == pytest.approx(0.001)
    assert sample(meter, "newswire_enrich_stage_errors_total", stage="language") == 1
    assert (worker.held, worker.acked) == (0, [9])


async def test_what_the_broker_has_not_acknowledged_is_in_flight_and_not_told_of(worker: Worker) -> None:
    with structlog.testing.capture_logs() as lines:
        acknowledging = asyncio.create_task(worker._enricher.acknowledge())
        for _ in range(3):
            await worker.take(RAW_EVENT, PARENT)
        await until(lambda: worker.held == 3)
        acknowledging.cancel()
    assert lines == []
    assert sample(worker.meter, "newswire_stories_enriched_total") == 0


async def test_a_dead_letter_is_counted_and_warned_of_without_what_was_in_it(worker: Worker) -> None:
    await worker.run(b'{"SECRET')
    [line] = worker.lines
    assert (line["event"], line["log_level"], line["error_type"]) == ("dead_letter", "warning", "BadRecordError")
    assert (line["partition"], line["offset"], line["trace_id"]) == (4, 9, TRACE)
    assert "SECRET" not in str(line)
    assert sample(worker.meter, "newswire_dead_letters_total", topic=RAW, error="BadRecordError") == 1
    assert sample(worker.meter, "newswire_records_published_total", topic=DEAD_LETTERS) == 1
    assert sample(worker.meter, "newswire_stories_enriched_total") == 0


@pytest.mark.parametrize("given", [None, "nonsense"])
async def test_without_a_trace_one_begins_here(worker: Worker, given: str | None) -> None:
    await worker.run(RAW_EVENT, given)
    passed_on = dict(worker.sent[0].headers)["traceparent"].decode()
    assert passed_on[3:35] == worker.lines[0]["trace_id"]


class Collected:
    """The spans of one record's way."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = provider.get_tracer("test")

    @property
    def both(self) -> tuple[ReadableSpan, ReadableSpan]:
        """That of the processing, and that of the publish."""
        sending, processing = self._exporter.get_finished_spans()
        return processing, sending


async def test_with_a_collector_the_processing_and_the_publish_are_spans(executor: ThreadPoolExecutor) -> None:
    collected = Collected()
    worker = Worker(collected.tracer, executor)
    await worker.run(RAW_EVENT)
    processing, sending = collected.both
    assert (processing.name, processing.kind) == ("process articles.raw", SpanKind.CONSUMER)
    assert (sending.name, sending.kind) == ("send articles.enriched", SpanKind.PRODUCER)
    assert processing.parent is not None
    assert sending.parent is not None
    assert f"{processing.parent.span_id:016x}" == PARENT[36:52]
    assert sending.parent.span_id == processing.context.span_id
    assert processing.attributes == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": RAW,
        "messaging.destination.partition.id": "4",
        "messaging.consumer.group.name": "newswire-enrich",
        "messaging.kafka.offset": 9,
    }
    assert (sending.attributes or {})["messaging.message.id"] == "id-1"
    headers = [value for name, value in worker.sent[0].headers if name == "traceparent"]
    assert headers == [f"00-{TRACE}-{sending.context.span_id:016x}-01".encode()]


async def test_the_span_of_a_dead_letter_says_why(executor: ThreadPoolExecutor) -> None:
    collected = Collected()
    worker = Worker(collected.tracer, executor)
    await worker.run(b"{")
    processing, sending = collected.both
    assert sending.name == "send articles.dlq"
    assert processing.status.status_code is StatusCode.ERROR
    assert (processing.attributes or {})["error.type"] == "BadRecordError"


@pytest.mark.parametrize("tracing", [True, False])
async def test_a_dead_letter_keeps_its_headers(executor: ThreadPoolExecutor, *, tracing: bool) -> None:
    worker = Worker(Collected().tracer if tracing else NoOpTracer(), executor)
    await worker.run(b"{")
    assert worker.sent[0].headers[0] == ("traceparent", PARENT.encode())
    assert [name for name, _ in worker.sent[0].headers].count("traceparent") == 1


def test_the_lag_is_not_known_until_it_is(worker: Worker) -> None:
    account = Account(worker.meter, NoOpTracer(), "newswire-enrich")
    for known in (None, 7, None):
        account.lags(known)
        told = sample(worker.meter, "newswire_lag_records", topic=RAW)
        assert told is not None
        assert math.isnan(told) if known is None else told == known
