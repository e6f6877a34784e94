from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from opentelemetry.trace import NoOpTracer

from newswire.article import Article
from newswire.errors import FailedError
from newswire.events import FEED_EVENT, ArticleEvent, EnrichedEvent, Enrichment, RawRef, encode
from newswire.telemetry.metrics import Meter
from newswire.topics import DEAD_LETTERS, ENRICHED, MAX_BYTES, key, record_bytes
from services.enrich import agent
from services.enrich.account import Account
from services.enrich.agent import WINDOW, Enricher, Outgoing, transform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from opentelemetry.trace import Tracer

    from services.enrich.enrichment.pipeline import Timings

TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
RAW_EVENT = encode(
    ArticleEvent(id="id-1", provider="acme", accepted="2026-01-01T00:00:00Z", article=Article(uri="urn:ä"))
)


def message(value: bytes | None = RAW_EVENT, offset: int = 9, headers: object = None) -> Any:
    return SimpleNamespace(topic="articles.raw", partition=4, offset=offset, key=b"k", value=value, headers=headers)


def enrich(article: Article, timings: Timings | None = None) -> Enrichment:
    assert article.uri
    if timings:
        timings.add("summary", 0.001)
    return Enrichment(summary="s", errors=("language: ValueError",))


def account(tracer: Tracer | None = None) -> Account:
    return Account(Meter("enrich"), tracer or NoOpTracer(), "newswire-enrich")


def test_an_event_goes_on_with_its_enrichment_its_place_and_its_trace() -> None:
    out = transform(message(headers=[("traceparent", TRACE)]), RAW_EVENT, enrich)
    assert (out.topic, out.key) == (ENRICHED, key("urn:ä"))
    assert out.value is not None
    event = FEED_EVENT.validate_json(out.value)
    assert isinstance(event, EnrichedEvent)
    assert (event.raw, event.revision, event.enrichment.summary) == (RawRef(partition=4, offset=9), 0, "s")
    headers = dict(out.headers)
    assert (headers["ce_type"], headers["ce_id"], headers["traceparent"]) == (
        b"newswire.story.enriched.v1",
        b"id-1",
        TRACE,
    )


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b'{"id": 1}'])
@pytest.mark.parametrize("headers", [None, {"a": b"b"}, [("a", b"b")]])
def test_what_is_no_event_becomes_a_dead_letter(value: bytes | None, headers: object) -> None:
    out = transform(message(value, headers=headers), value, enrich)
    assert (out.topic, out.key, out.value) == (DEAD_LETTERS, b"k", value)
    found = dict(out.headers)
    assert (found["original-topic"], found["original-partition"], found["original-offset"]) == (
        b"articles.raw",
        b"4",
        b"9",
    )
    assert found.get("a") == (b"b" if headers else None)


def test_what_grew_to_the_limit_goes_on_and_one_byte_more_is_a_dead_letter() -> None:
    def grown(size: int) -> Outgoing:
        return transform(message(), RAW_EVENT, lambda _: Enrichment(summary="x" * size))

    small = grown(0)
    room = MAX_BYTES[ENRICHED] - record_bytes(small.key, small.value, small.headers)
    assert grown(room).topic == ENRICHED
    assert grown(room + 1).topic == DEAD_LETTERS


def test_a_record_that_breaks_the_worker_is_a_dead_letter_too() -> None:
    def broken(_: Article) -> Enrichment:
        raise RecursionError

    assert transform(message(), RAW_EVENT, broken).topic == DEAD_LETTERS


def test_a_dead_letter_is_what_came_in() -> None:
    out = transform(message(), RAW_EVENT, lambda _: Enrichment(summary="x" * MAX_BYTES[ENRICHED]))
    assert (out.topic, out.value) == (DEAD_LETTERS, RAW_EVENT)


class FakeStream:
    """Remembers in which order events were acked, and says when three are."""

    def __init__(self) -> None:
        self.acked: list[int] = []
        self.three = asyncio.Event()

    async def ack(self, event: Any) -> bool:
        self.acked.append(event.message.offset)
        if len(self.acked) == 3:
            self.three.set()
        return True


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def event(offset: int) -> Any:
    return SimpleNamespace(message=message(offset=offset), value=RAW_EVENT)


async def test_acks_follow_the_broker_in_order(executor: Executor) -> None:
    futures: list[asyncio.Future[object]] = []

    async def send(_: Outgoing) -> asyncio.Future[object]:
        futures.append(asyncio.get_running_loop().create_future())
        return futures[-1]

    enricher, stream = Enricher(enrich, send, executor, account()), FakeStream()
    acknowledging = asyncio.create_task(enricher.acknowledge())
    for offset in range(3):
        await enricher.take(cast("Any", stream), event(offset))
    futures[1].set_result(None)
    futures[2].set_result(None)
    await asyncio.sleep(0)
    assert stream.acked == []
    futures[0].set_result(None)
    await asyncio.wait_for(stream.three.wait(), 5)
    assert stream.acked == [0, 1, 2]
    acknowledging.cancel()


async def test_a_refused_record_is_never_acked(executor: Executor) -> None:
    async def send(_: Outgoing) -> asyncio.Future[object]:
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        future.set_exception(RuntimeError("refused"))
        return future

    enricher, stream = Enricher(enrich, send, executor, account()), FakeStream()
    await enricher.take(cast("Any", stream), event(0))
    with pytest.raises(RuntimeError):
        await enricher.acknowledge()
    assert stream.acked == []


async def test_an_acknowledgement_that_never_comes_ends_it(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "ACKNOWLEDGE_SECONDS", 0.01)

    async def send(_: Outgoing) -> asyncio.Future[object]:
        return asyncio.get_running_loop().create_future()

    enricher = Enricher(enrich, send, executor, account())
    await enricher.take(cast("Any", FakeStream()), event(0))
    with pytest.raises(FailedError):
        await enricher.acknowledge()


async def test_the_window_is_bounded(executor: Executor) -> None:
    sent = 0

    async def send(_: Outgoing) -> asyncio.Future[object]:
        nonlocal sent
        sent += 1
        return asyncio.get_running_loop().create_future()

    enricher = Enricher(enrich, send, executor, account())
    for offset in range(WINDOW):
        await enricher.take(cast("Any", FakeStream()), event(offset))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(enricher.take(cast("Any", FakeStream()), event(WINDOW)), 0.2)
    assert sent == WINDOW
