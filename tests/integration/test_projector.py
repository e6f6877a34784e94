"""The projector and the clock on a real Kafka and a real Redis: once each, in order, whatever happens to Redis."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from structlog.testing import capture_logs

from newswire.article import Article, Text
from newswire.errors import NotWholeError
from newswire.events import EnrichedEvent, Enrichment, RawRef, encode
from newswire.producer import open_producer
from newswire.topics import DEAD_LETTERS, TOPICS, ensure_topics, key
from services.feed.card import timestamp
from services.feed.clock import Clock, wall_clock_ms
from services.feed.projector import Projector, make_consumer
from services.feed.store.reader import Reader
from services.feed.store.writer import Writer
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiokafka import AIOKafkaProducer
    from redis.asyncio import Redis

    from services.feed.store.reader import Change

pytestmark = pytest.mark.servers


class Wire:
    """A topic and a view of the test's own, and what a test does with them."""

    def __init__(self, bootstrap: str, redis: Redis, name: str, producer: AIOKafkaProducer) -> None:
        self.bootstrap = bootstrap
        self.redis = redis
        self.name = name
        self.topic = f"test.enriched.{name}"
        self.producer = producer
        self.writer = Writer(redis, name, changes_kept=100_000)
        self.reader = Reader(redis, name)
        self.raw = 0

    async def send(self, uri: str, *, provider: str = "acme", **article: Any) -> int:
        """Publish an enriched event; says at which offset."""
        value = self.event(uri, provider=provider, **article)
        return (await self.producer.send_and_wait(self.topic, value, key=key(uri))).offset  # type: ignore[no-any-return]

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
    async def projecting(self, now_ms: Callable[[], int] = wall_clock_ms) -> AsyncIterator[None]:
        """A projector with its clock, at work inside the block."""
        consumer = make_consumer(self.bootstrap, self.name)
        await consumer.start()
        stop = asyncio.Event()
        projector = Projector(consumer, self.writer, self.producer, now_ms=wall_clock_ms, topic=self.topic)
        clock = Clock(self.writer, self.producer, now_ms, lambda: projector.caught_up, topic=self.topic)
        tasks = [asyncio.create_task(projector.run(stop)), asyncio.create_task(clock.run(stop))]
        try:
            yield
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
