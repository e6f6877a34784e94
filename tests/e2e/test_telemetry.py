"""What the services tell of one story: a line each under one trace id, counts on a port each, spans of one trace."""

from __future__ import annotations

import re
import secrets
import threading
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from newswire.telemetry.metrics import INVENTORY
from tests.support.ports import free_port_base
from tests.support.stack import RunningStack
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

LINES = {"ingest": "accepted", "enrich": "enriched", "projector": "applied", "feed": "announced"}
TEXT = "Nobody but readers may see this sentence."


class Collector:
    """Takes spans over OTLP/HTTP."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Span]] = []

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            [name] = (item.value.string_value for item in resource.resource.attributes if item.key == "service.name")
            self.spans += [(name, span) for scope in resource.scope_spans for span in scope.spans]

    def named(self, trace_id: str) -> dict[tuple[str, str], Span]:
        return {(process, span.name): span for process, span in self.spans if span.trace_id.hex() == trace_id}


@contextmanager
def collecting() -> Iterator[tuple[Collector, str]]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningStack, Collector]]:
    environ = {"OTEL_BSP_SCHEDULE_DELAY": "100"}
    with collecting() as (collector, endpoint):
        environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
        with RunningStack(tmp_path_factory.mktemp("traced"), free_port_base(), environ=environ) as stack:
            stack.wait_ready()
            yield stack, collector


def lines(stack: RunningStack, process: str, trace_id: str) -> list[dict[str, Any]]:
    log: Path = stack.folder / "data" / "logs" / f"{process}.log"
    return [orjson.loads(line) for line in log.read_bytes().splitlines() if trace_id.encode() in line]


async def push(stack: RunningStack, trace_id: str, **fields: Any) -> dict[str, Any]:
    """Push a story in a trace, and return once the feed has told of it."""
    story = {"uri": f"urn:traced:{uuid.uuid4()}", "version": "1", "headlines": [{"value": TEXT}], **fields}
    ready = stack.ready
    headers = {"Authorization": f"Bearer {ready['key']}", "traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{ready['ingest']}/v1/stories", json=story, headers=headers)
    assert answer.status_code == 202

    async def announced() -> bool:
        return bool(lines(stack, "feed", trace_id))

    await eventually(announced)
    return story


async def test_one_trace_id_from_the_push_to_the_lines_of_all_services(stack: RunningStack) -> None:
    trace_id = secrets.token_hex(16)
    story = await push(stack, trace_id)
    for process, event in LINES.items():
        [line] = lines(stack, process, trace_id)
        assert (line["event"], line["service"], line["level"]) == (event, process, "info")
        assert (line["uri"], line["version"], line["trace_id"]) == (story["uri"], "1", trace_id)


async def test_no_log_holds_a_text_or_a_secret(stack: RunningStack) -> None:
    await push(stack, secrets.token_hex(16))
    async with stack.desk() as desk:
        for content in (b"{not json", b'{"uri":"urn:x","headlines":[{"value":"%b","x":1}]}' % TEXT.encode()):
            headers = {"Authorization": f"Bearer {desk.key}", "Content-Type": "application/json"}
            assert (await desk.client.post(f"{desk.ingest}/v1/stories", content=content, headers=headers)).is_error
    for log in (stack.folder / "data" / "logs").glob("*.log"):
        text = log.read_text("utf-8", "replace")
        assert TEXT not in text
        assert stack.ready["key"].partition(".")[2] not in text


async def test_every_process_exposes_its_metrics_and_what_must_have_moved_has(stack: RunningStack) -> None:
    await push(stack, secrets.token_hex(16))
    async with httpx.AsyncClient() as client:
        found = {process: (await client.get(url)).text for process, url in stack.ready["metrics"].items()}
    assert set(found) == set(LINES)
    for process, text in found.items():
        helped = set(re.findall(r"^# HELP (newswire_\w+) ", text, re.MULTILINE))
        assert {metric.name for metric in INVENTORY if process in metric.processes} <= helped
    moved = {
        "ingest": [
            r'newswire_stories_accepted_total\{provider="development"\}',
            r'newswire_requests_total\{route="POST /v1/stories",status="202"\}',
            r'newswire_records_published_total\{topic="articles.raw"\}',
        ],
        "enrich": [r"newswire_stories_enriched_total", r'newswire_enrich_stage_cpu_seconds_count\{stage="summary"\}'],
        "projector": [r'newswire_records_applied_total\{effect="new"\}', r"newswire_freshness_seconds_count"],
        "feed": [r'newswire_changes_announced_total\{kind="new"\}'],
    }
    for process, series in moved.items():
        for one in series:
            match = re.search(rf"^{one} ([0-9.e+]+)$", found[process], re.MULTILINE)
            assert match, one
            assert float(match[1]) > 0


async def test_with_a_collector_one_trace_leads_from_the_push_to_the_changes_application(
    traced: tuple[RunningStack, Collector],
) -> None:
    stack, collector = traced
    trace_id = secrets.token_hex(16)
    await push(stack, trace_id)
    way = [
        ("newswire-ingest", "POST /v1/stories"),
        ("newswire-ingest", "send articles.raw"),
        ("newswire-enrich", "process articles.raw"),
        ("newswire-enrich", "send articles.enriched"),
        ("newswire-projector", "process articles.enriched"),
    ]

    async def exported() -> bool:
        return set(collector.named(trace_id)) >= set(way)

    await eventually(exported)
    spans = collector.named(trace_id)
    assert spans[way[0]].parent_span_id.hex() == "b7ad6b7169203331"
    for before, after in pairwise(way):
        assert spans[after].parent_span_id == spans[before].span_id
    told = {item.key: item.value for item in spans[way[2]].attributes}
    assert told["messaging.system"].string_value == "kafka"
    assert told["messaging.destination.name"].string_value == "articles.raw"
    assert told["messaging.consumer.group.name"].string_value == "newswire-enrich"
    assert told["messaging.kafka.offset"].int_value >= 0
