"""What `newswire doctor` asks of a real Kafka and a real Redis."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from newswire.admin import ensure_topics
from newswire.local.doctor.facts.kafka import ask_kafka
from newswire.local.doctor.facts.redis import ask_redis
from newswire.local.doctor.judgement.kafka import judge_kafka
from newswire.local.doctor.judgement.redis import judge_redis
from newswire.producer import open_producer, publish
from newswire.topics import ENRICHED, TOPICS, key

if TYPE_CHECKING:
    from redis.asyncio import Redis

pytestmark = pytest.mark.servers


async def test_kafka_tells_its_topics_and_how_far_a_group_is_behind(kafka_bootstrap: str, wire: str) -> None:
    await ensure_topics(kafka_bootstrap, timeout_seconds=30)
    group = f"newswire-projector-{wire}"
    before = (await ask_kafka(kafka_bootstrap, wire)).lag[group]
    async with open_producer(kafka_bootstrap) as producer:
        for _ in range(3):
            await publish(producer, ENRICHED, 30, key=key("urn:a"), value=b"{}", headers=[])
    facts = await ask_kafka(kafka_bootstrap, wire)
    assert facts.lag[group] == before + 3
    assert facts.brokers == (kafka_bootstrap,)
    assert set(facts.topics) >= {topic.name for topic in TOPICS}
    assert all(
        each.verdict == "ok" for each in judge_kafka(kafka_bootstrap, facts) if not each.name.startswith("newswire-")
    )


async def test_redis_tells_its_settings_its_clock_and_the_view(redis_url: str, redis: Redis, wire: str) -> None:
    facts = await ask_redis(redis_url, wire)
    assert {each.name: each.verdict for each in judge_redis(redis_url, facts)} == {
        "server": "ok",
        "maxmemory-policy": "ok",
        "appendonly": "ok",
        "view": "warn",
    }
    assert facts.offset is None
    # The same machine, so the same clock.
    assert facts.skew.least == 0
    assert facts.skew.low <= facts.skew.high
    assert await redis.keys(f"*{wire}*") == []


async def test_a_redis_that_does_not_tell_its_settings(redis_url: str, redis: Redis, wire: str) -> None:
    name, password = uuid.uuid4().hex, uuid.uuid4().hex
    await redis.acl_setuser(
        name, enabled=True, passwords=[f"+{password}"], keys=["*"], categories=["+@all"], commands=["-config"]
    )
    facts = await ask_redis(redis_url.replace("redis://", f"redis://{name}:{password}@"), wire)
    await redis.acl_deluser(name)
    assert facts.settings == {}
    assert facts.version
