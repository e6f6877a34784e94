"""The projector and the clock on a real Kafka and a real Redis: once each, in order, whatever happens to Redis."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from newswire.admin import ensure_topics
from newswire.article import Article, Text
from newswire.errors import NotWholeError, StoreError
from newswire.events import EnrichedEvent, Enrichment, RawRef, encode
from newswire.health import run_checks
from newswire.producer import open_producer
from newswire.telemetry.metrics import Meter
from newswire.topics import DEAD_LETTERS, TOPICS, key
from services.feed.account import Account
from services.feed.card import timestamp
from services.feed.clock import Clock, wall_clock_ms
from services.feed.consumer import group_of, make_consumer
from services.feed.outlet import Outlet
from services.feed.projector import Projector
from services.feed.projector_app import checks
from services.feed.skew import Skew
from services.feed.store.reader import Reader
from services.feed.store.writer import Writer
from tests.support.metering import sample
from tests.support.waiting import eventually, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from aiokafka import AIOKafkaProducer
    from redis.asyncio import Redis

    from services.feed.store.reader import Change
    from services.feed.store.writes import View, Write

pytestmark = pytest.mark.servers


class FrailWriter(Writer):
    """A Redis that can be away. While `answers` is false, what is written takes effect and nobody is told."""

    away = False
    answers = True

    async def view(self, uris: Sequence[str]) -> View:
        self._look()
        return await super().view(uris)

    async def apply(self, writes: Sequence[Write], *, first: int) -> None:
        self._look()
        await super().apply(writes, first=first)
        if not self.answers:
            self.answers = True
            msg = "no answer"
            raise StoreError(msg)

    def _look(self) -> None:
        if self.away:
            msg = "away"
            raise StoreError(msg)


class Wire:
    """A topic and a view of the test's own, and what a test does with them."""

    def __init__(self, bootstrap: str, redis: Redis, name: str, producer: AIOKafkaProducer) -> None:
        self.bootstrap = bootstrap
        self.redis = redis
        self.name = name
        self.topic = f"test.enriched.{name}"
        self.producer = producer
        self.writer = Writer(redis, name, changes_kept=100_000)
        self.frail = FrailWriter(redis, name, changes_kept=100_000)
        self.reader = Reader(redis, name)
        self.raw = 0
        self.meter = Meter("projector")
        self.spans = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self.tracer = provider.get_tracer("test")

    async def send(self, uri: str, *, provider: str = "acme", trace_id: str | None = None, **article: Any) -> int:
        """Publish an enriched event; says at which offset."""
        value = self.event(uri, provider=provider, **article)
        headers = [("traceparent", f"00-{trace_id}-{'c' * 16}-01".encode())] if trace_id else []
        sent = await self.producer.send_and_wait(self.topic, value, key=key(uri), headers=headers)
        return sent.offset  # type: ignore[no-any-return]

    def event(self, uri: str, *, provider: str = "acme", **article: Any) -> bytes:
        self.raw += 1
        return encode(
            EnrichedEvent(
                id=str(uuid.uuid4()),
                provider=provider,
                accepted="2026-01-01T00:00:00Z",
                article=Article(uri=uri, headlines=(Text(value=f"{uri} {article.get('version')}"),), **article),
                raw=RawRef(partition=0, offset=self.raw),
                enrichment=Enrichment(summary="s"),
            )
        )

    @asynccontextmanager
    async def projecting(
        self, meter: Meter | None = None, *, now_ms: Callable[[], int] = wall_clock_ms
    ) -> AsyncIterator[Projector]:
        """A projector with its clock, at work inside the block."""
        meter = meter or self.meter
        consumer = make_consumer(self.bootstrap, self.name)
        await consumer.start()
        stop = asyncio.Event()
        account = Account(meter, self.tracer, group_of(self.name), self.topic)
        letters = Outlet(self.producer, DEAD_LETTERS, meter, self.tracer)
        projector = Projector(consumer, self.frail, letters, account, topic=self.topic)
        outlet = Outlet(self.producer, self.topic, meter, self.tracer)
        clock = Clock(self.frail, outlet, meter, now_ms, lambda: projector.caught_up)
        tasks = [asyncio.create_task(projector.run(stop)), asyncio.create_task(clock.run(stop))]
        try:
            yield projector
        finally:
            stop.set()
            await asyncio.gather(*tasks)
            await consumer.stop()

    async def remembered(self) -> bool:
        """Whether the consumer group knows that all of the view's records were applied."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        offsets = await admin.list_consumer_group_offsets(f"newswire-projector-{self.name}")
        await admin.close()
        view = await self.writer.view([])
        return view.offset is not None and view.offset + 1 in {found.offset for found in offsets.values()}

    async def log(self) -> list[Change]:
        with contextlib.suppress(NotWholeError):
            return list((await self.reader.changes(None, 100_000, bodies=True)).changes)
        return []

    async def walk(self) -> list[bytes]:
        """Every card of the feed, in the feed's order."""
        cards: list[bytes] = []
        cursor: int | None = None
        while True:
            page = await self.reader.page(cursor, 100, bodies=False)
            cards += [card.item for card in page.cards]
            if page.cursor is None:
                return cards
            cursor = page.cursor

    def counted(self, name: str, **labels: str) -> float | None:
        return sample(self.meter, f"newswire_{name}", **labels)

    async def settled(self, offset: int) -> None:
        """Wait until the record at an offset was applied and the view is whole."""

        async def done() -> bool:
            view = await self.writer.view([])
            return view.whole and view.offset is not None and view.offset >= offset

        await eventually(done)


@pytest.fixture
async def lab(kafka_bootstrap: str, redis: Redis, wire: str) -> AsyncIterator[Wire]:
    await ensure_topics(kafka_bootstrap, timeout_seconds=30)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(f"test.enriched.{wire}", 1, 1, topic_configs=dict(TOPICS[1].config))])
    await admin.close()
    async with open_producer(kafka_bootstrap) as producer:
        yield Wire(kafka_bootstrap, redis, wire, producer)


async def test_change_numbers_are_offsets_and_start_at_zero(lab: Wire) -> None:
    async with lab.projecting():
        offsets = [await lab.send(uri, version=version) for uri, version in (("a", "1"), ("b", "1"), ("a", "2"))]
        await lab.settled(offsets[-1])
        assert [(one.change, one.kind, one.uri) for one in await lab.log()] == [
            (0, "new", "a"),
            (1, "new", "b"),
            (2, "update", "a"),
        ]
        assert [orjson.loads(card)["uri"] for card in await lab.walk()] == ["b", "a"]


async def test_a_replay_after_a_flush_gives_the_same_feed(lab: Wire) -> None:
    async with lab.projecting():
        for number in range(300):
            last = await lab.send(f"s{number % 100}", version=str(number // 100))
            if number == 200:
                await lab.send("s7", pub_status="canceled")
        await lab.settled(last)
        log, feed = await lab.log(), await lab.walk()
        await lab.redis.flushall()
        await lab.settled(last)
        assert (await lab.log(), await lab.walk()) == (log, feed)
        assert len(feed) == 99


async def test_a_flush_under_load_leaves_no_hole(lab: Wire) -> None:
    async with lab.projecting():
        for number in range(600):
            future = await lab.producer.send(lab.topic, lab.event(f"s{number}", version="1"), key=key(f"s{number}"))
            if number in {150, 300, 450}:
                await lab.redis.flushall()
        last = (await future).offset
        await lab.settled(last)
        assert [one.change for one in await lab.log()] == list(range(600))
        assert len({orjson.loads(card)["uri"] for card in await lab.walk()}) == 600


async def test_a_new_projector_goes_on_where_the_last_one_was(lab: Wire) -> None:
    async with lab.projecting():
        await lab.settled(await lab.send("a", version="1"))
    await lab.send("b", version="1")
    async with lab.projecting():
        await lab.settled(await lab.send("c", version="1"))
        assert [one.uri for one in await lab.log()] == ["a", "b", "c"]


async def test_a_redis_that_went_back_before_the_start_is_not_shown_until_it_has_caught_up(lab: Wire) -> None:
    async with lab.projecting():
        last = [await lab.send(uri, version="1") for uri in "abc"][-1]
        await lab.settled(last)
        await eventually(lab.remembered)
    await lab.redis.hset(f"{{{lab.name}}}:1:meta", "offset", "0")
    with capture_logs() as logs:
        async with lab.projecting():
            await lab.settled(last)
    assert "rebuilding" in {entry["event"] for entry in logs}


async def test_the_one_that_waits_takes_over(lab: Wire) -> None:
    async with lab.projecting():
        async with lab.projecting():
            await lab.settled(await lab.send("a", version="1"))
        await lab.settled(await lab.send("b", version="1"))
        assert [one.uri for one in await lab.log()] == ["a", "b"]


async def test_bad_records_go_to_the_dead_letters_and_the_rest_goes_on(lab: Wire, kafka_bootstrap: str) -> None:
    consumer = AIOKafkaConsumer(DEAD_LETTERS, bootstrap_servers=kafka_bootstrap, auto_offset_reset="latest")
    await consumer.start()
    await consumer.seek_to_end()
    try:
        async with lab.projecting():
            await lab.producer.send_and_wait(lab.topic, b"{not json", key=b"a", headers=[("traceparent", b"00-1")])
            await lab.producer.send_and_wait(lab.topic, None, key=b"b")
            await lab.send("c", version="1")
            await lab.settled(await lab.send("c", version="2", provider="other"))
            letters: list[Any] = []
            async with asyncio.timeout(10):
                while len(letters) < 3:
                    letters.append(await consumer.getone())
        assert [letter.value is None for letter in letters] == [False, True, False]
        first = dict(letters[0].headers)
        assert (letters[0].key, letters[0].value, first["traceparent"]) == (b"a", b"{not json", b"00-1")
        assert (first["original-topic"], first["original-partition"], first["original-offset"]) == (
            lab.topic.encode(),
            b"0",
            b"0",
        )
        assert dict(letters[2].headers)["error-type"] == b"NotOwnerError"
        assert [one.uri for one in await lab.log()] == ["c"]
    finally:
        await consumer.stop()


async def test_an_embargo_ends_by_a_record_and_never_early(lab: Wire) -> None:
    async with lab.projecting():
        instant = wall_clock_ms() + 1_500
        pushed = await lab.send("a", version="1", embargoed_until=timestamp(instant))
        await lab.settled(pushed)
        assert await lab.log() == []
        assert (await lab.reader.page(None, 5, bodies=False)).change == -1
        await eventually(lab.log)
        (change,) = await lab.log()
        assert change.card is not None
        item = orjson.loads(change.card.item)
        assert (change.kind, change.change > pushed) == ("new", True)
        assert timestamp(instant) <= item["published"] <= timestamp(instant + 1_000)


async def test_an_expiry_ends_a_story_and_takes_its_history(lab: Wire) -> None:
    async with lab.projecting():
        instant = wall_clock_ms() + 1_500
        await lab.settled(await lab.send("a", version="1", expires=timestamp(instant)))
        assert len(await lab.walk()) == 1

        async def expired() -> bool:
            return len(await lab.log()) == 2

        await eventually(expired)
        assert [(one.kind, one.card) for one in await lab.log()] == [("new", None), ("expire", None)]
        assert await lab.walk() == []


async def test_a_fast_clock_leaks_nothing(lab: Wire) -> None:
    hour_ms = 3_600_000
    async with lab.projecting(now_ms=lambda: wall_clock_ms() + 2 * hour_ms):
        pushed = await lab.send("a", version="1", embargoed_until=timestamp(wall_clock_ms() + hour_ms))

        async def tried() -> bool:
            view = await lab.writer.view(["a"])
            return view.offset is not None and view.offset > pushed

        await eventually(tried)
        assert await lab.log() == []


async def test_a_story_s_trace_goes_on_to_its_log_line_its_span_and_its_change(lab: Wire) -> None:
    trace_id = "ab" * 16
    with capture_logs() as logs:
        async with lab.projecting():
            pushed = await lab.send("a", version="1", trace_id=trace_id)
            await lab.settled(await lab.send("a", version="1", trace_id="cd" * 16))
    (first, second) = [line for line in logs if line["event"] == "applied"]
    assert (first["change"], first["kind"], first["uri"], first["version"]) == (pushed, "new", "a", "1")
    assert (first["trace_id"], second["trace_id"], second["kind"]) == (trace_id, "cd" * 16, "none")
    (change,) = await lab.log()
    assert change.trace_id == trace_id
    span = lab.spans.get_finished_spans()[0]
    assert (span.context.trace_id, span.parent and span.parent.span_id) == (int(trace_id, 16), int("c" * 16, 16))
    assert span.name == f"process {lab.topic}"
    assert dict(span.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": lab.topic,
        "messaging.destination.partition.id": "0",
        "messaging.consumer.group.name": f"newswire-projector-{lab.name}",
        "messaging.kafka.offset": pushed,
        "messaging.message.id": first["id"],
        "newswire.change.kind": "new",
    }


async def test_what_it_does_is_counted_and_a_rebuild_is_told_as_one(lab: Wire) -> None:
    with capture_logs() as logs:
        async with lab.projecting() as projector:
            await eventually(partial(_ready, lab, projector))
            for number in range(50):
                last = await lab.send(f"s{number}", version="1")
            last = await lab.send("s0", pub_status="canceled")
            await lab.settled(last)
            assert lab.counted("records_applied_total", effect="new") == 50
            assert lab.counted("records_applied_total", effect="kill") == 1
            assert lab.counted("freshness_seconds_count") == 50
            assert lab.counted("rebuilds_total") == 0
            told, spans = len(logs), len(lab.spans.get_finished_spans())
            await lab.redis.flushall()
            await lab.settled(last)
            await eventually(partial(_level, lab, last))
    assert lab.counted("rebuilds_total") == 1
    assert lab.counted("records_applied_total", effect="new") == 100
    assert lab.counted("freshness_seconds_count") == 50
    assert len(lab.spans.get_finished_spans()) == spans == 51
    events = [line["event"] for line in logs[told:]]
    assert "applied" not in events
    assert "rebuilding" in events


async def _level(lab: Wire, offset: int) -> bool:
    gauges = ("projected_offset", "projector_active", "view_whole")
    found = [lab.counted(name) for name in gauges]
    return [*found, lab.counted("lag_records", topic=lab.topic)] == [offset, 1, 1, 0]


async def test_dead_letters_are_counted_by_their_error_and_told_with_their_trace(lab: Wire) -> None:
    trace_id = "ef" * 16
    with capture_logs() as logs:
        async with lab.projecting():
            await lab.producer.send_and_wait(lab.topic, b"{secret", key=b"a")
            await lab.send("c", version="1")
            await lab.settled(await lab.send("c", version="2", provider="other", trace_id=trace_id))
    assert lab.counted("dead_letters_total", topic=lab.topic, error="BadRecordError") == 1
    assert lab.counted("dead_letters_total", topic=lab.topic, error="NotOwnerError") == 1
    assert lab.counted("records_published_total", topic=DEAD_LETTERS) == 2
    letters = [line for line in logs if line["event"] == "dead_letter"]
    assert [(line["log_level"], line["error_type"], line["trace_id"]) for line in letters] == [
        ("warning", "BadRecordError", None),
        ("warning", "NotOwnerError", trace_id),
    ]
    assert "secret" not in repr(logs)
    skew = lab.counted("clock_skew_seconds", peer="kafka")
    assert skew is not None
    assert abs(skew) < 5


async def test_the_end_of_an_embargo_belongs_to_the_trace_of_the_push_and_is_no_measure_of_freshness(lab: Wire) -> None:
    with capture_logs() as logs:
        async with lab.projecting():
            instant = wall_clock_ms() + 500
            await lab.settled(await lab.send("a", version="1", embargoed_until=timestamp(instant), trace_id="ab" * 16))
            await eventually(lab.log)
    (written,) = [line for line in logs if line["event"] == "clock_record"]
    applied = [line for line in logs if line["event"] == "applied"]
    assert [line["kind"] for line in applied] == ["none", "new"]
    (change,) = await lab.log()
    sent = next(span for span in lab.spans.get_finished_spans() if span.name == f"send {lab.topic}")
    told = [written["trace_id"], *(line["trace_id"] for line in applied), change.trace_id]
    assert {*told, f"{sent.context.trace_id:032x}"} == {"ab" * 16}
    assert lab.counted("freshness_seconds_count") == 0
    assert lab.counted("clock_late_seconds_count", kind="release") == 1


async def test_a_rebuild_buries_nothing_again(lab: Wire) -> None:
    async with lab.projecting() as projector:
        await eventually(partial(_ready, lab, projector))
        for number in range(5):
            await lab.producer.send_and_wait(lab.topic, b"{not json", key=b"%d" % number)
        await lab.settled(last := await lab.send("a", version="1"))
        await lab.redis.flushall()
        await lab.settled(last)
        await lab.producer.send_and_wait(lab.topic, b"{not json", key=b"5")
        await lab.settled(await lab.send("b", version="1"))
    assert lab.counted("rebuilds_total") == 1
    assert lab.counted("records_published_total", topic=DEAD_LETTERS) == 6
    assert lab.counted("dead_letters_total", topic=lab.topic, error="BadRecordError") == 6


async def test_with_the_store_away_the_gauges_are_true_and_trouble_is_told_once(lab: Wire) -> None:
    with capture_logs() as logs:
        async with lab.projecting() as projector:
            await lab.settled(last := await lab.send("a", version="1"))
            await eventually(partial(_level, lab, last))
            lab.frail.away = True
            for number in range(300):
                sent = await lab.producer.send(lab.topic, lab.event(f"s{number}", version="1"))
            end = (await sent).offset
            await until(lambda: lab.counted("lag_records", topic=lab.topic) == end - last)
            assert (lab.counted("projector_active"), lab.counted("projected_offset")) == (1, last)
            await until(lambda: not projector.caught_up)
            lab.frail.away = False
            await eventually(partial(_level, lab, end))
    events = [line["event"] for line in logs]
    assert [event for event in events if event in {"retrying", "recovered"}] == ["retrying", "recovered"]


async def test_one_that_starts_without_the_store_goes_by_the_group_s_memory(lab: Wire) -> None:
    async with lab.projecting():
        await lab.settled(await lab.send("a", version="1"))
        await eventually(lab.remembered)
    for uri in "bcd":
        await lab.send(uri, version="1")
    lab.frail.away = True
    async with lab.projecting(meter := Meter("projector")) as projector:

        def counted(name: str, **labels: str) -> float | None:
            return sample(meter, f"newswire_{name}", **labels)

        await until(lambda: counted("lag_records", topic=lab.topic) == 3)
        assert counted("projector_active") == 1
        assert [str(counted(name)) for name in ("projected_offset", "view_whole")] == ["nan", "nan"]
        assert (await run_checks(checks(lambda: projector, lab.frail, Skew(lab.writer, meter))))["status"] == "fail"


async def test_one_that_loses_its_place_while_the_store_is_away_is_active_no_more(lab: Wire) -> None:
    async with lab.projecting():
        await lab.settled(last := await lab.send("a", version="1"))
        await eventually(partial(_level, lab, last))
        lab.frail.away = True
        # Of two members the group lets the one have it whose id comes first: it begins with the client's.
        other = AIOKafkaConsumer(bootstrap_servers=lab.bootstrap, group_id=group_of(lab.name), client_id="a")
        await other.start()
        other.subscribe([lab.topic])
        try:
            await until(lambda: bool(other.assignment()), seconds=20)
            await until(lambda: lab.counted("projector_active") == lab.counted("lag_records", topic=lab.topic) == 0)
            assert str(lab.counted("projected_offset")) == "nan"
        finally:
            await other.stop()
            lab.frail.away = False


async def test_what_took_effect_without_an_answer_is_told_once(lab: Wire) -> None:
    with capture_logs() as logs:
        async with lab.projecting() as projector:
            await eventually(partial(_ready, lab, projector))
            lab.frail.answers = False
            await lab.settled(first := await lab.send("a", version="1", trace_id="ab" * 16))
            await lab.settled(second := await lab.send("b", version="1"))
            await eventually(partial(_level, lab, second))
    assert [line["change"] for line in logs if line["event"] == "applied"] == [first, second]
    assert "retrying" in {line["event"] for line in logs}
    assert lab.counted("records_applied_total", effect="new") == 2
    assert lab.counted("freshness_seconds_count") == 2
    assert len(lab.spans.get_finished_spans()) == 2


async def test_one_that_waits_is_ready_and_sees_what_the_other_does(lab: Wire) -> None:
    async with lab.projecting() as active, lab.projecting(meter := Meter("projector")) as waiting:
        await lab.settled(await lab.send("a", version="1"))
        for projector in (active, waiting):
            await eventually(partial(_ready, lab, projector))

        def standings() -> list[tuple[bool, bool | None]]:
            found = (projector.standing for projector in (active, waiting))
            return sorted((standing.active, standing.whole) for standing in found)

        await until(lambda: standings() == [(False, True), (True, True)])
        await until(lambda: {sample(each, "newswire_projector_active") for each in (lab.meter, meter)} == {0, 1})


async def _ready(lab: Wire, projector: Projector) -> bool:
    return (await run_checks(checks(lambda: projector, lab.writer, Skew(lab.writer, Meter("projector")))))[
        "status"
    ] == "pass"
