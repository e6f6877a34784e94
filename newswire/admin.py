"""The broker's topics: read, held against the contract's, made and set right."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from newswire.errors import FailedError, TopicMismatchError
from newswire.topics import TOPICS, Difference, Found, Topic, differences, settings, unalterable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

_REQUEST_MS: Final = 5_000
_RETRY_SECONDS: Final = 0.1
_SET_ON_THE_TOPIC: Final = 1


@dataclass(frozen=True, slots=True)
class Done:
    """What was made, and what was set right."""

    created: tuple[str, ...] = ()
    corrected: tuple[Difference, ...] = ()


@asynccontextmanager
async def open_admin(bootstrap: str, request_ms: int = _REQUEST_MS) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client that is connected. Raises KafkaError when nobody answers."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=request_ms)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def ensure_topics(bootstrap: str, *, timeout_seconds: float, replication: int = 1) -> Done:
    """Create what is missing, set right what differs; return once a look finds nothing left to do.

    Retried until the broker answers: an open port is not a ready broker. Raises TopicMismatchError where it is the
    partitions or the replicas that differ, and FailedError when the time is up.
    """
    created: dict[str, None] = {}
    corrected: dict[Difference, None] = {}
    last: Exception | None = None
    try:
        async with asyncio.timeout(timeout_seconds):
            while True:
                try:
                    done = await _look_and_act(bootstrap, replication)
                    created |= dict.fromkeys(done.created)
                    corrected |= dict.fromkeys(done.corrected)
                    if done == Done():
                        return Done(tuple(created), tuple(corrected))
                except (KafkaError, OSError) as error:
                    last = error
                await asyncio.sleep(_RETRY_SECONDS)
    except TimeoutError as error:
        reason = f" ({last})" if last else ""
        msg = f"no Kafka that takes topics at {bootstrap} within {timeout_seconds:g} s{reason}"
        raise FailedError(msg) from error


async def read_topics(admin: AIOKafkaAdminClient) -> dict[str, Found]:
    """Those of our topics that the broker has, by name. Raises KafkaError."""
    names = {topic.name for topic in TOPICS}
    described = [
        topic for topic in await admin.describe_topics() if topic["topic"] in names and not topic["error_code"]
    ]
    configs = await _read_configs(admin, [topic["topic"] for topic in described])
    return {topic["topic"]: _found(topic["partitions"], *configs[topic["topic"]]) for topic in described}


def _found(
    partitions: Sequence[Mapping[str, Sequence[int]]], config: Mapping[str, str], own: Mapping[str, str]
) -> Found:
    replication = min((len(partition["replicas"]) for partition in partitions), default=0)
    return Found(len(partitions), replication, config, own)


async def _read_configs(
    admin: AIOKafkaAdminClient, names: Sequence[str]
) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Each topic's configuration as it is in effect, and the part of it that was set on the topic itself."""
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    found = {}
    for code, message, _, name, entries in answers[0].resources:
        if code:
            raise for_code(code)(message)
        config = {setting: value for setting, value, *_ in entries}
        own = {setting: value for setting, value, _, source, *_ in entries if source == _SET_ON_THE_TOPIC}
        found[name] = (config, own)
    return found


async def _look_and_act(bootstrap: str, replication: int) -> Done:
    async with open_admin(bootstrap) as admin:
        found = await read_topics(admin)
        _refuse(found, replication)
        missing = [topic for topic in TOPICS if topic.name not in found]
        wrong = differences(found)
        if missing:
            await _create(admin, missing, replication)
        if wrong:
            await _alter(admin, found, wrong)
        return Done(tuple(topic.name for topic in missing), tuple(wrong))


def _refuse(found: Mapping[str, Found], replication: int) -> None:
    if faults := unalterable(found, replication):
        raise TopicMismatchError("; ".join(faults))


async def _create(admin: AIOKafkaAdminClient, missing: Sequence[Topic], replication: int) -> None:
    answer = await admin.create_topics(
        [
            NewTopic(topic.name, topic.partitions, replication, topic_configs=settings(topic, replication))
            for topic in missing
        ]
    )
    for _, code, message in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(message)


async def _alter(admin: AIOKafkaAdminClient, found: Mapping[str, Found], wrong: Sequence[Difference]) -> None:
    """AlterConfigs takes away whatever it does not name, so all that was set on the topic goes with it."""
    wanted = {each.topic: dict(found[each.topic].own) for each in wrong}
    for each in wrong:
        wanted[each.topic][each.setting] = each.wanted
    answers = await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, config) for name, config in wanted.items()]
    )
    for code, message, *_ in answers[0].resources:
        if code:
            raise cast("KafkaError", for_code(code)(message))
