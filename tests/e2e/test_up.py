"""`newswire up` on a stack of its own: samples, Ctrl-C, a second start, and starts that cannot succeed."""

from __future__ import annotations

import json
import signal
import socket
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from newswire.cli.samples import samples
from newswire.local.ports import HOST, Ports, check_free
from newswire.topics import RAW
from tests.support.ports import free_port_base
from tests.support.stack import RunningStack
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.support.stack import Desk

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

ARTICLES = [json.loads(sample.story.text) for sample in samples(datetime.now(UTC))]
KILLED = {article["uri"] for article in ARTICLES if article.get("pubStatus") == "canceled"}
NEVER = {article["uri"] for article in ARTICLES if article.get("pubStatus") == "withheld"}
# What becomes visible, or ends, while the test runs, or after it.
TIMED = {article["uri"] for article in ARTICLES if {"embargoedUntil", "expires"} & article.keys()}
CHANGES = sum(article["uri"] not in NEVER | TIMED for article in ARTICLES)
STORIES = len({article["uri"] for article in ARTICLES} - KILLED - NEVER - TIMED)


async def told(desk: Desk) -> tuple[list[Any], list[Any]]:
    """The feed and the change log, but for the stories that have their times."""
    feed = [(item["uri"], item["change"], item["published"], item["version"]) for item in await desk.walk()]
    log = [(change["change"], change["kind"], change["uri"]) for change in await desk.changes()]
    return [item for item in feed if item[0] not in TIMED], [change for change in log if change[2] not in TIMED]


async def accepted(bootstrap: str) -> int:
    """How many events ingest has ever accepted."""
    consumer = AIOKafkaConsumer(RAW, bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        partitions = [TopicPartition(RAW, partition) for partition in consumer.partitions_for_topic(RAW)]
        return sum((await consumer.end_offsets(partitions)).values())
    finally:
        await consumer.stop()


def alive(pids: Iterable[int]) -> list[int]:
    found = []
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except psutil.NoSuchProcess:
            pass
    return found


async def push_one(desk: Desk) -> str:
    """Push a story and wait until readers have it; says its uri."""
    uri = f"urn:{uuid.uuid4()}"
    pushed = await desk.push({"uri": uri, "version": "1", "headlines": [{"value": "A headline"}]})
    assert pushed.status_code == 202

    async def visible() -> bool:
        return (await desk.story(uri)).status_code == 200

    await eventually(visible)
    return uri


def interrupt(stack: RunningStack) -> None:
    """Ctrl-C: it ends in time, without an error, and leaves nothing behind but the data."""
    pids = stack.ready["pids"].values()
    assert len(alive(pids)) == 6
    began = time.monotonic()
    assert stack.stop(signal.SIGINT) == 0, stack.output
    assert time.monotonic() - began < 15
    assert alive(pids) == []
    assert not stack.ready_file.exists()


async def test_samples_a_key_ctrl_c_and_a_second_start(tmp_path: Path) -> None:
    stack = RunningStack(tmp_path, free_port_base(), samples=True)
    with stack:
        stack.wait_ready()
        await stack.welcomed()
        async with stack.desk() as desk:

            async def all_there() -> bool:
                return len((await told(desk))[1]) == CHANGES

            await eventually(all_there)
            feed, _ = await told(desk)
            assert len(feed) == STORIES
            assert [(await desk.story(uri)).status_code for uri in KILLED] == [410]
            await push_one(desk)
            before = await told(desk)
        assert len(before[1]) == CHANGES + 1
        assert await accepted(stack.ready["kafka"]) == len(ARTICLES) + 1
        interrupt(stack)
    with stack:
        stack.wait_ready()
        await stack.welcomed(2)
        assert await accepted(stack.ready["kafka"]) == len(ARTICLES) + 1
        async with stack.desk() as desk:
            assert await told(desk) == before
            # The key is the same and works, and the numbers go on.
            uri = await push_one(desk)
            _, log = await told(desk)
            assert [change[1:] for change in log[len(before[1]) :]] == [("new", uri)]
        interrupt(stack)


def test_a_taken_port_ends_it_with_its_name(tmp_path: Path) -> None:
    base = free_port_base()
    with socket.create_server((HOST, base + 1)), RunningStack(tmp_path, base) as stack:
        assert stack.exited(30) == 1
        assert f"port {base + 1} (ingest) is taken" in stack.output
        assert "--port-base" in stack.output
        assert "Traceback" not in stack.output


def test_a_service_that_cannot_start_ends_it_with_the_reason(tmp_path: Path) -> None:
    stack = RunningStack(tmp_path, free_port_base(), environ={"NEWSWIRE_FEED_STREAMS": "0"})
    with stack:
        assert stack.exited(90) == 1
    assert "feed did not start" in stack.output
    assert "feed_streams" in stack.output.lower()
    check_free(Ports.from_base(stack.port_base))
    assert not stack.ready_file.exists()
