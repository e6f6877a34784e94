from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka.structs import ConsumerRecord
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracer, StatusCode
from structlog.testing import capture_logs

from newswire.article import Article
from newswire.errors import BadRecordError
from newswire.events import ClockEvent, EnrichedEvent, Enrichment, RawRef
from newswire.lifecycle import Position
from newswire.telemetry.metrics import Meter
from services.feed.account import Account, Outcome, Span
from services.feed.projection import Parsed
from services.feed.standing import Rebuild, Standing
from services.feed.store.writes import Write
from tests.support.metering import sample

TOPIC = "articles.enriched"
ACCEPTED = "2026-01-01T00:00:00Z"
ACCEPTED_NS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9
TRACE_ID = "ab" * 16
TRACEPARENT = f"00-{TRACE_ID}-{'c' * 16}-01"
HEADERS = (("traceparent", TRACEPARENT.encode()),)
SPAN = Span(ACCEPTED_NS, ACCEPTED_NS + 250_000_000)


def record(offset: int) -> Any:
    return ConsumerRecord(TOPIC, 0, offset, 0, 1, b"a", b"{}", None, 1, 2, HEADERS)


def story(offset: int, kind: str | None = "new", revision: int = 0) -> Outcome:
    article = Article(uri="a", version="1", headlines=())
    event = EnrichedEvent(
        id="id-1",
        provider="acme",
        accepted=ACCEPTED,
        article=article,
        raw=RawRef(partition=0, offset=offset),
        revision=revision,
        enrichment=Enrichment(),
    )
    parsed = Parsed(Position(offset, 0), "a", event, TRACEPARENT)
    return Outcome(record(offset), parsed, Write(offset, "a", 0, kind=kind), None)  # type: ignore[arg-type]


def release(offset: int) -> Outcome:
    event = ClockEvent(kind="release", id="id-2", uri="a", raw=RawRef(partition=0, offset=0))
    parsed = Parsed(Position(offset, 0), "a", event, TRACEPARENT)
    return Outcome(record(offset), parsed, Write(offset, "a", 0, kind="new", version="1"), None)


def letter(offset: int) -> Outcome:
    return Outcome(record(offset), None, Write(offset, "", 0), BadRecordError("not an event"))


class Lab:
    """An account whose spans can be looked at."""

    def __init__(self) -> None:
        self.meter = Meter("projector")
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.account = Account(self.meter, provider.get_tracer("test"), "group", TOPIC)

    def counted(self, name: str, **labels: str) -> float | None:
        return sample(self.meter, f"newswire_{name}", **labels)

    def gauges(self) -> list[float | None]:
        found = (self.counted(name) for name in ("projector_active", "view_whole", "projected_offset"))
        return [*found, self.counted("lag_records", topic=TOPIC)]

    def applied(self, *outcomes: Outcome, once: int = 0, rebuilding: bool = False) -> list[Any]:
        with capture_logs() as logs:
            self.account.applied(outcomes, SPAN, once=once, rebuilding=rebuilding)
        return logs


@pytest.fixture
def lab() -> Lab:
    return Lab()


def test_effects_are_counted_and_a_batch_is_timed(lab: Lab) -> None:
    lab.applied(story(0), story(1, "kill"), story(2, None), letter(3))
    assert [lab.counted("records_applied_total", effect=effect) for effect in ("new", "kill", "none", "update")] == [
        1,
        1,
        2,
        0,
    ]
    assert (lab.counted("apply_seconds_count"), lab.counted("apply_seconds_sum")) == (1, 0.25)


@pytest.mark.parametrize(
    ("outcome", "measured"),
    [
        (story(0), 1),
        (story(0, "update"), 1),
        (story(0, "update", revision=1), 0),
        (story(0, "kill"), 0),
        (story(0, None), 0),
        (release(0), 0),
        (letter(0), 0),
    ],
)
def test_freshness_is_of_stories_that_became_visible_by_themselves(lab: Lab, outcome: Outcome, measured: int) -> None:
    lab.applied(outcome)
    assert lab.counted("freshness_seconds_count") == measured
    assert lab.counted("freshness_seconds_sum") == 0.25 * measured


def test_a_clock_that_is_behind_makes_nothing_fresh(lab: Lab) -> None:
    lab.account.applied([story(0)], SPAN._replace(end_ns=ACCEPTED_NS - 1_000_000_000), once=0, rebuilding=False)
    assert lab.counted("freshness_seconds_count") == 0


def test_each_record_has_its_line_but_a_dead_letter(lab: Lab) -> None:
    logs = lab.applied(story(7), release(8), letter(9))
    line = {"event": "applied", "log_level": "info", "uri": "a", "version": "1", "trace_id": TRACE_ID, "kind": "new"}
    assert logs == [line | {"change": 7, "id": "id-1"}, line | {"change": 8, "id": "id-2"}]


def test_what_was_applied_before_is_counted_and_not_told_again(lab: Lab) -> None:
    logs = lab.applied(story(7), story(8), once=8, rebuilding=True)
    assert [line["change"] for line in logs] == [8]
    assert len(lab.exporter.get_finished_spans()) == 1
    assert lab.counted("records_applied_total", effect="new") == 2
    assert lab.counted("freshness_seconds_count") == 0


def test_a_span_lasts_from_the_batch_s_arrival_to_its_end(lab: Lab) -> None:
    lab.applied(story(7), letter(8))
    first, second = lab.exporter.get_finished_spans()
    assert first.parent is not None
    assert f"{first.parent.trace_id:032x}-{first.parent.span_id:016x}" == f"{TRACE_ID}-{'c' * 16}"
    assert (first.start_time, first.end_time) == SPAN
    assert first.status.status_code is StatusCode.UNSET
    assert second.status.status_code is StatusCode.ERROR
    assert (second.attributes or {})["error.type"] == "BadRecordError"


def test_without_an_exporter_there_are_no_spans() -> None:
    class Dear(NoOpTracer):
        def start_span(self, *_: Any, **__: Any) -> Any:
            raise AssertionError

    Account(Meter("projector"), Dear(), "group", TOPIC).applied([story(0)], SPAN, once=0, rebuilding=False)


def test_dead_letters_are_counted_and_told_without_what_they_hold(lab: Lab) -> None:
    with capture_logs() as logs:
        lab.account.buried(record(3), BadRecordError("a secret"))
    assert logs == [
        {
            "event": "dead_letter",
            "log_level": "warning",
            "topic": TOPIC,
            "offset": 3,
            "error_type": "BadRecordError",
            "trace_id": TRACE_ID,
        }
    ]
    assert lab.counted("dead_letters_total", topic=TOPIC, error="BadRecordError") == 1


def test_a_rebuild_is_counted_and_told_in_a_line(lab: Lab) -> None:
    standing = Standing(active=True, whole=False, offset=49, lag=150, rebuild=Rebuild(0, 200))
    with capture_logs() as logs:
        lab.account.lost()
        lab.account.rebuilds(standing)
    assert logs == [{"event": "rebuilding", "log_level": "info", "offset": 49, "end": 200, "share": 0.25}]
    assert lab.counted("rebuilds_total") == 1


def test_where_it_stands_is_looked_up_when_it_is_asked_for(lab: Lab) -> None:
    standing = Standing(active=True, whole=False, offset=49, lag=150)
    lab.account.watch(lambda: standing)
    assert lab.gauges() == [1, 0, 49, 150]
    standing = Standing(active=False, whole=True, offset=-1, lag=0)
    assert lab.gauges() == [0, 1, -1, 0]


def test_what_is_not_known_is_no_number(lab: Lab) -> None:
    unknown = [0, math.nan, math.nan, math.nan]
    assert lab.gauges() == pytest.approx(unknown, nan_ok=True)
    lab.account.watch(lambda: Standing(active=False, whole=None, offset=None, lag=None))
    assert lab.gauges() == pytest.approx(unknown, nan_ok=True)
