"""What the services write today is as every committed schema of its major version says."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from opentelemetry.trace import NoOpTracer

from newswire import topics
from newswire.events import ArticleEvent, ClockEvent, EnrichedEvent, encode
from newswire.lifecycle import Ref, Story, Version
from newswire.telemetry.metrics import Meter
from services.enrich.agent import transform
from services.enrich.enrichment.pipeline import load_pipeline
from services.feed.clock import Clock
from services.feed.outlet import Outlet
from services.feed.store.writes import Due
from tests.contract.committed import DEAD_LETTERS, ENRICHED, RAW, check, example, examples, texts
from tests.contract.generated import events
from tests.contract.ingesting import record_of_a_call

if TYPE_CHECKING:
    from newswire.contracts.catalogue import Contract
    from newswire.contracts.examples import Example
    from services.ingest.publisher import Record

NOW_MS = 1_795_545_025_394
# Few and large, the same at each run: it is the fields that matter, and each example has some twenty of them.
GENERATED = settings(max_examples=150, deadline=None, derandomize=True)


@GENERATED
@given(events(ArticleEvent))
def test_any_accepted_event(value: dict[str, Any]) -> None:
    written(RAW, ArticleEvent, value)


@GENERATED
@given(events(EnrichedEvent))
def test_any_enriched_event(value: dict[str, Any]) -> None:
    written(ENRICHED, EnrichedEvent, value)


@GENERATED
@given(events(ClockEvent))
def test_any_event_of_the_clock(value: dict[str, Any]) -> None:
    written(ENRICHED, ClockEvent, value)


def written(contract: Contract, model: type[ArticleEvent | ClockEvent], value: dict[str, Any]) -> None:
    check(contract, "schema", json.loads(encode(model.model_validate_json(json.dumps(value)))))


async def accepted(article: dict[str, Any]) -> Record:
    """The record that ingest makes of a push."""
    return await record_of_a_call("POST", "/v1/stories", json.dumps(article))


def message(record: Record) -> Any:
    return SimpleNamespace(topic=topics.RAW, partition=3, offset=12, key=record.key, headers=record.headers)


@pytest.mark.parametrize("pushed", examples(RAW), ids=lambda pushed: pushed.name)
async def test_what_ingest_and_enrich_make_of_a_push(pushed: Example) -> None:
    record = await accepted(pushed.value["article"])
    value = json.loads(record.value)
    assert value["article"] == pushed.value["article"]
    check(RAW, "schema", value)
    check(RAW, "headers", texts(record.headers))
    out = transform(message(record), record.value, load_pipeline().enrich)
    assert out.topic == topics.ENRICHED
    assert out.value is not None
    check(ENRICHED, "schema", json.loads(out.value))
    check(ENRICHED, "headers", texts(out.headers))


async def test_what_ingest_makes_of_a_kill() -> None:
    record = await record_of_a_call("DELETE", "/v1/stories/urn%3Aexample%3Aa")
    check(RAW, "schema", json.loads(record.value))
    check(RAW, "headers", texts(record.headers))


async def test_a_dead_letter() -> None:
    record = await accepted(example(RAW, "brief").value["article"])
    out = transform(message(record), b"{", load_pipeline().enrich)
    assert (out.topic, out.key, out.value) == (topics.DEAD_LETTERS, record.key, b"{")
    check(DEAD_LETTERS, "headers", texts(out.headers))
    assert texts(record.headers).items() <= texts(out.headers).items()


@pytest.mark.parametrize("expire", [False, True])
async def test_what_the_clock_writes(*, expire: bool) -> None:
    sent: dict[str, Any] = {}
    version = Version(Ref(3, 12), 0, "1", 0, embargo_us=1, expires_us=1)
    due = Due(expire=expire, uri="urn:example:a", story=Story("a", candidate=version, phase="pending", visible=version))

    async def send(_topic: str, **record: Any) -> Any:
        sent.update(record)
        return SimpleNamespace(timestamp=NOW_MS)

    async def what_is_due(_now_us: int, _limit: int) -> list[Due]:
        return [due]

    writer: Any = SimpleNamespace(due=what_is_due)
    producer: Any = SimpleNamespace(send_and_wait=send)
    meter = Meter("projector")
    clock = Clock(writer, Outlet(producer, topics.ENRICHED, meter, NoOpTracer()), meter, lambda: NOW_MS, lambda: True)
    async with asyncio.timeout(5):
        assert await clock.tick() == 1
    check(ENRICHED, "schema", json.loads(sent["value"]))
    check(ENRICHED, "headers", texts(sent["headers"]))
    assert sent["key"] == b"urn:example:a"
