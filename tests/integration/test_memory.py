"""What ingest remembers, in a dictionary and in a real Redis: the same tests for both, and what Redis alone can do."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from services.ingest import memory as module
from services.ingest.memory import RedisMemory
from tests.support.memory import DictMemory
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import Redis

    from services.ingest.memory import Memory


class MemoryContract:
    async def test_what_is_kept_is_recalled_at_once(self, memory: Memory) -> None:
        memory.keep([("a", b"1"), ("b", b"2"), ("a", b"3")], 60)
        assert list(await memory.recall(["a", "nosuch", "b"])) == [b"3", None, b"2"]

    async def test_the_first_claim_wins_and_is_told(self, memory: Memory) -> None:
        assert await memory.claim("c", b"first", 60) is None
        assert await memory.claim("c", b"second", 60) == b"first"
        assert list(await memory.recall(["c"])) == [b"first"]

    async def test_what_is_forgotten_may_be_claimed(self, memory: Memory) -> None:
        await memory.claim("c", b"first", 60)
        memory.forget("c")
        assert await memory.claim("c", b"second", 60) is None

    async def test_many_who_claim_at_once(self, memory: Memory) -> None:
        found = await asyncio.gather(*(memory.claim("c", str(number).encode(), 60) for number in range(100)))
        assert found == [None, *[b"0"] * 99]

    async def test_each_gets_its_own_answer(self, memory: Memory) -> None:
        names = [f"n{number}" for number in range(2000)]
        memory.keep([(name, name.encode()) for name in names], 60)
        found = await asyncio.gather(*(memory.recall([name]) for name in names))
        assert [value for [value] in found] == [name.encode() for name in names]

    async def test_it_is_well(self, memory: Memory) -> None:
        assert await memory.check() is None


class TestDictMemory(MemoryContract):
    @pytest.fixture
    def memory(self) -> DictMemory:
        return DictMemory()


@pytest.mark.servers
class TestRedisMemory(MemoryContract):
    @pytest.fixture
    async def memory(self, redis_url: str) -> AsyncIterator[RedisMemory]:
        made = RedisMemory(redis_url, f"{{test-{uuid.uuid4()}}}:")
        yield made
        await made.close()

    async def test_nothing_is_kept_for_ever(self, memory: RedisMemory, redis: Redis) -> None:
        memory.keep([("a", b"1")], 60)
        await memory.claim("b", b"1", 60)
        await memory.recall(["a"])
        for name in ("a", "b"):
            assert 0 < await redis.ttl(memory._prefix + name) <= 60

    async def test_who_gives_up_costs_nobody_an_answer(self, memory: RedisMemory) -> None:
        memory.keep([(str(number), str(number).encode()) for number in range(500)], 60)
        asked = [asyncio.create_task(memory.recall([str(number)])) for number in range(500)]
        await asyncio.sleep(0)
        for task in asked[::2]:
            task.cancel()
        found = await asyncio.gather(*asked[1::2])
        assert [value for [value] in found] == [str(number).encode() for number in range(1, 500, 2)]
        await asyncio.gather(*asked, return_exceptions=True)

    async def test_what_was_kept_last_is_there_after_the_end(self, memory: RedisMemory, redis: Redis) -> None:
        memory.keep([("last", b"1")], 60)
        await memory.close()
        assert await redis.get(f"{memory._prefix}last") == b"1"


class TestRedisAway:
    async def test_nothing_is_known_and_nobody_waits_twice(self) -> None:
        memory = RedisMemory(f"redis://127.0.0.1:{free_port()}/0", "x:")
        assert list(await memory.recall(["a", "b"])) == [None, None]
        assert await memory.claim("a", b"1", 60) is None
        memory.keep([("a", b"1")], 60)
        memory.forget("a")
        assert await memory.check()
        await memory.close()

    async def test_one_that_hangs_costs_one_wait(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "ANSWER_SECONDS", 0.05)

        left = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(1024):
                pass
            writer.close()
            await writer.wait_closed()
            left.set()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        memory = RedisMemory(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0", "x:")
        assert list(await memory.recall(["a"])) == [None]
        began = time.monotonic()
        for _ in range(100):
            assert list(await memory.recall(["a"])) == [None]
        # Not asked again meanwhile: a hundred waits would be five seconds.
        assert time.monotonic() - began < module.REST_SECONDS
        await memory.close()
        async with asyncio.timeout(5):
            await left.wait()
        server.close()
        await server.wait_closed()
