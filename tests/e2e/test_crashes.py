"""kill -9, SIGTERM and FLUSHALL under load: every acknowledged story once, in the log's order and with its numbers."""

from __future__ import annotations

import asyncio
import signal
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from redis.asyncio import Redis

from newswire.events import FEED_EVENT, EnrichedEvent
from newswire.topics import ENRICHED
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.support.stack import Desk, RunningStack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

COUNT = 2_000


def stories(count: int = COUNT) -> list[dict[str, Any]]:
    run = uuid.uuid4()
    return [
        {
            "uri": f"urn:crash:{run}:{number}",
            "version": "1",
            "headlines": [{"value": f"Story {number}"}],
            "bodies": [{"value": f"The {number}th sentence of the day was spoken in Eastmere. It was a short one."}],
        }
        for number in range(count)
    ]


async def under_way(desk: Desk, start: int, stories: int) -> None:
    """Return once so many stories have come through since a change."""

    async def there() -> bool:
        return await desk.head() > start + stories

    await eventually(there)


async def first_offsets(bootstrap: str, uris: set[str]) -> dict[str, int]:
    """Straight from the log: the offset at which each story came first, in order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, max_partition_fetch_bytes=8 * 1024 * 1024)
    await consumer.start()
    partition = TopicPartition(ENRICHED, 0)
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    found: dict[str, int] = {}
    try:
        async with asyncio.timeout(60):
            while await consumer.position(partition) < end:
                for record in (await consumer.getmany(partition, timeout_ms=500)).get(partition, []):
                    event = FEED_EVENT.validate_json(record.value)
                    if isinstance(event, EnrichedEvent) and event.article.uri in uris:
                        found.setdefault(event.article.uri, record.offset)
    finally:
        await consumer.stop()
    return found


async def check_exactly_once(stack: RunningStack, desk: Desk, pushed: list[dict[str, Any]]) -> None:
    """The feed and the change log hold each of the stories once, as the log has them."""
    uris = {story["uri"] for story in pushed}

    async def complete() -> bool:
        return uris <= {item["uri"] for item in await desk.walk()}

    await eventually(complete, seconds=120)
    expected = await first_offsets(stack.ready["kafka"], uris)
    feed = [item for item in await desk.walk() if item["uri"] in uris]
    log = [change for change in await desk.changes() if change["uri"] in uris]
    assert [(item["uri"], item["change"]) for item in reversed(feed)] == list(expected.items())
    assert [(change["uri"], change["change"], change["kind"]) for change in log] == [
        (uri, offset, "new") for uri, offset in expected.items()
    ]


@pytest.mark.parametrize(
    ("number", "count"), [(signal.SIGKILL, COUNT), (signal.SIGTERM, COUNT // 2)], ids=["killed", "stopped"]
)
@pytest.mark.parametrize("name", ["enrich", "projector"])
async def test_ended_in_the_middle(stack: RunningStack, name: str, number: int, count: int) -> None:
    pushed = stories(count)
    async with stack.desk() as desk:
        start = await desk.head()
        pushing = asyncio.create_task(desk.push_all(pushed))
        await under_way(desk, start, count // 10)
        assert not pushing.done()
        await stack.restarted(name, stack.kill(name, number))
        await pushing
        await check_exactly_once(stack, desk, pushed)


async def test_redis_is_emptied_under_load(stack: RunningStack) -> None:
    pushed = stories()
    async with stack.desk() as desk:
        before = [(item["uri"], item["published"], item["change"]) for item in await desk.walk()]
        start = await desk.head()
        pushing = asyncio.create_task(desk.push_all(pushed))
        await under_way(desk, start, COUNT // 10)
        assert not pushing.done()
        async with Redis.from_url(stack.ready["redis"]) as redis:
            await redis.flushall()
        await pushing
        await check_exactly_once(stack, desk, pushed)
        uris = {story["uri"] for story in pushed}
        after = [(item["uri"], item["published"], item["change"]) for item in await desk.walk()]
        assert [item for item in after if item[0] not in uris] == before


@pytest.mark.parametrize("name", ["redis", "kafka", "ingest", "feed"])
async def test_whatever_is_killed_comes_back_and_nothing_is_lost(stack: RunningStack, name: str) -> None:
    pushed = stories(400)
    async with stack.desk() as desk:
        start = await desk.head()
        pushing = asyncio.create_task(desk.push_all(pushed[:300]))
        await under_way(desk, start, 10)
        assert not pushing.done()
        await stack.restarted(name, stack.kill(name))
        await desk.push_all(pushed[300:])
        await pushing
        await check_exactly_once(stack, desk, pushed)
