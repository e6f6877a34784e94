import pytest

from newswire.errors import InProgressError, KeyReusedError, MalformedError
from services.ingest.idempotency import LEASE_MS, Claim, Reply, claim, digest, read_key, release, settle
from services.ingest.memory import NoMemory
from tests.support.memory import DictMemory

WANTED = Claim("key:a", "print-1", "id-1")
RETRY = Claim("key:a", "print-1", "id-2")
OTHER = Claim("key:a", "print-2", "id-3")
REPLY = Reply(202, {"Location": "/v1/receipts/id-1"}, b'{"id":"id-1"}')


@pytest.mark.parametrize(
    ("header", "key"),
    [('"abc"', "abc"), ("abc", "abc"), (r'"a\"b\\c d"', 'a"b\\c d'), (" x-1 ", "x-1"), ("a" * 256, "a" * 256)],
)
def test_a_key_is_a_structured_string_or_bare(header: str, key: str) -> None:
    assert read_key(header) == key


@pytest.mark.parametrize("header", ["", '""', '"', '"a', 'a"', '"a"b"', r'"\a"', "ä", "a b", "a\x00", "a" * 257])
def test_what_is_no_key(header: str) -> None:
    with pytest.raises(MalformedError):
        read_key(header)


def test_a_digest_tells_where_a_part_ends() -> None:
    assert digest(b"ab", b"c") != digest(b"a", b"bc")


async def test_the_first_gets_the_claim_and_others_wait() -> None:
    memory = DictMemory()
    assert await claim(memory, WANTED, 0) == WANTED
    with pytest.raises(InProgressError):
        await claim(memory, RETRY, LEASE_MS - 1)


async def test_the_reply_is_replayed() -> None:
    memory = DictMemory()
    assert isinstance(await claim(memory, WANTED, 0), Claim)
    settle(memory, WANTED, REPLY)
    assert await claim(memory, RETRY, 1) == REPLY


async def test_another_request_under_the_same_key_is_refused_before_and_after_the_reply() -> None:
    memory = DictMemory()
    await claim(memory, WANTED, 0)
    with pytest.raises(KeyReusedError):
        await claim(memory, OTHER, 1)
    settle(memory, WANTED, REPLY)
    with pytest.raises(KeyReusedError):
        await claim(memory, OTHER, 2)


async def test_after_the_lease_a_retry_goes_on_under_the_first_id() -> None:
    memory = DictMemory()
    await claim(memory, WANTED, 0)
    again = await claim(memory, RETRY, LEASE_MS)
    assert again == WANTED
    with pytest.raises(InProgressError):
        await claim(memory, RETRY, LEASE_MS + 1)


async def test_a_released_claim_is_had_at_once_under_the_first_id() -> None:
    memory = DictMemory()
    await claim(memory, WANTED, 0)
    release(memory, WANTED)
    assert await claim(memory, RETRY, 1) == WANTED


async def test_without_a_memory_each_is_the_first() -> None:
    assert await claim(NoMemory(), WANTED, 0) == WANTED
    assert await claim(NoMemory(), OTHER, 0) == OTHER
