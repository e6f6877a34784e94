"""The topics of a real Kafka: made, set right, or refused. A broker of its own, since it spoils the topics."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from click.testing import CliRunner

from newswire.admin import Done, ensure_topics, open_admin, read_topics
from newswire.cli.topics import topics
from newswire.errors import FailedError, TopicMismatchError
from newswire.local.brokers import embedded_brokers
from newswire.local.ports import Ports
from newswire.topics import DEAD_LETTERS, RAW, TOPICS, Difference, Found, differences
from tests.support.ports import free_port, free_port_base
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    data = tmp_path_factory.mktemp("admin")
    async with embedded_brokers(data, Ports.from_base(free_port_base())) as brokers:
        yield brokers.bootstrap


async def found(bootstrap: str) -> dict[str, Found]:
    async with open_admin(bootstrap) as admin:
        return await read_topics(admin)


async def alter(bootstrap: str, topic: str, **config: str) -> None:
    """What an operator has set: all of it, as the old AlterConfigs takes it."""
    named = {name.replace("_", "."): value for name, value in config.items()}
    async with open_admin(bootstrap) as admin:
        (answer,) = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, named)])
        assert [code for code, *_ in answer.resources] == [0]

    async def in_effect() -> bool:
        config = (await found(bootstrap))[topic].config
        return all(config[name] == value for name, value in named.items())

    await eventually(in_effect)


async def delete(bootstrap: str, topic: str) -> None:
    async with open_admin(bootstrap) as admin:
        await admin.delete_topics([topic])

    async def gone() -> bool:
        return topic not in await found(bootstrap)

    await eventually(gone)


async def test_topics_that_are_right_are_left_alone(own_kafka: str) -> None:
    assert await ensure_topics(own_kafka, timeout_seconds=30) == Done()
    now = await found(own_kafka)
    assert {name: one.partitions for name, one in now.items()} == {topic.name: topic.partitions for topic in TOPICS}
    assert all(now[topic.name].config.items() >= topic.config.items() for topic in TOPICS)


async def test_what_differs_is_set_right_and_nothing_else(own_kafka: str) -> None:
    await alter(own_kafka, RAW, retention_ms="60000", cleanup_policy="compact", segment_bytes="20000000")
    spoilt = differences(await found(own_kafka))
    assert Difference(RAW, "retention.ms", "60000", "-1") in spoilt
    assert Difference(RAW, "cleanup.policy", "compact", "delete") in spoilt
    assert {each.topic for each in spoilt} == {RAW}
    done = await ensure_topics(own_kafka, timeout_seconds=30)
    assert set(done.corrected) == set(spoilt)
    now = await found(own_kafka)
    assert differences(now) == []
    assert now[RAW].own["segment.bytes"] == "20000000"


async def test_more_than_the_contract_wants_is_no_fault(own_kafka: str) -> None:
    await alter(own_kafka, DEAD_LETTERS, **{**_named(DEAD_LETTERS), "max_message_bytes": str(64 * 1024 * 1024)})
    assert await ensure_topics(own_kafka, timeout_seconds=30) == Done()


def _named(name: str) -> dict[str, str]:
    (topic,) = (topic for topic in TOPICS if topic.name == name)
    return {setting.replace(".", "_"): value for setting, value in topic.config.items()}


async def test_a_missing_topic_is_made(own_kafka: str) -> None:
    await delete(own_kafka, RAW)
    assert await ensure_topics(own_kafka, timeout_seconds=30) == Done(created=(RAW,))
    assert (await found(own_kafka))[RAW].partitions == 12


async def test_the_command_says_what_it_did(own_kafka: str) -> None:
    await alter(own_kafka, DEAD_LETTERS, **{**_named(DEAD_LETTERS), "retention_bytes": "1000000"})
    command = ["--kafka", own_kafka]
    # In a thread: the command has an event loop of its own.
    first, second = await _invoke(command), await _invoke(command)
    assert "articles.dlq          1 partitions  retention.bytes was 1000000 and is -1 now" in first
    assert second.count("as it must be") == len(TOPICS)


async def _invoke(arguments: list[str], code: int = 0) -> str:
    result = await asyncio.to_thread(CliRunner().invoke, topics, arguments)
    assert result.exit_code == code, result.output
    return result.output


async def test_fewer_replicas_than_asked_for_are_no_success(own_kafka: str) -> None:
    with pytest.raises(TopicMismatchError, match=r"articles\.raw has 1 of the 3 replicas"):
        await ensure_topics(own_kafka, timeout_seconds=30, replication=3)


async def test_a_cluster_too_small_for_the_replicas_is_told_as_the_reason(own_kafka: str) -> None:
    for topic in TOPICS:
        await delete(own_kafka, topic.name)
    with pytest.raises(FailedError, match="InvalidReplicationFactor"):
        await ensure_topics(own_kafka, timeout_seconds=2, replication=3)


async def test_another_partition_count_is_refused(own_kafka: str) -> None:
    await ensure_topics(own_kafka, timeout_seconds=30)
    await delete(own_kafka, RAW)
    async with open_admin(own_kafka) as admin:
        await admin.create_topics([NewTopic(RAW, 3, 1)])
    output = await _invoke(["--kafka", own_kafka], code=1)
    assert "articles.raw has 3 partitions and must have 12" in output


async def test_nobody_there() -> None:
    with pytest.raises(FailedError, match="no Kafka that takes topics"):
        await ensure_topics(f"127.0.0.1:{free_port()}", timeout_seconds=1)
