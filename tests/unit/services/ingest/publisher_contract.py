"""What every publisher must do: run against the fake, and against a real Kafka."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from newswire import topics
from newswire.errors import TooLargeError
from services.ingest.publisher import Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.ingest.publisher import Publisher

    # The values that the publisher's Kafka holds under a key.
    Held = Callable[[bytes], Awaitable[list[bytes]]]


def record(key: str, value: bytes) -> Record:
    return Record(key.encode(), value, [("ce_id", b"1"), ("ce_subject", key.encode())])


class PublisherContract:
    async def test_it_is_ready(self, publisher: Publisher) -> None:
        await publisher.check()

    async def test_what_was_acknowledged_is_held(self, publisher: Publisher, held: Held) -> None:
        key = f"x:{uuid.uuid4()}"
        before = int(time.time() * 1000)
        stored = await publisher.publish(record(key, b"1"))
        assert await held(key.encode()) == [b"1"]
        assert before <= stored.log_ms <= time.time() * 1000
        assert stored.offset >= 0

    async def test_one_key_after_the_other_stays_in_order(self, publisher: Publisher, held: Held) -> None:
        key = f"x:{uuid.uuid4()}"
        for number in range(50):
            await publisher.publish(record(key, str(number).encode()))
        assert await held(key.encode()) == [str(number).encode() for number in range(50)]

    async def test_many_at_once(self, publisher: Publisher, held: Held) -> None:
        keys = [f"x:{uuid.uuid4()}" for _ in range(600)]
        await asyncio.gather(*(publisher.publish(record(key, b"x" * 3000)) for key in keys))
        assert len(await held(keys[-1].encode())) == 1

    async def test_the_largest_record_is_taken_and_a_larger_one_costs_nothing(
        self, publisher: Publisher, held: Held
    ) -> None:
        key = f"x:{uuid.uuid4()}"
        with pytest.raises(TooLargeError):
            await publisher.publish(record(key, b"x" * topics.MAX_BYTES[topics.RAW]))
        largest = b"x" * (topics.MAX_BYTES[topics.RAW] - 300)
        await publisher.publish(record(key, largest))
        await publisher.publish(record(key, b"small"))
        assert await held(key.encode()) == [largest, b"small"]
