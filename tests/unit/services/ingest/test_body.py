from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire.errors import InvalidError, MalformedError, TooLargeError, UnsupportedError
from services.ingest.body import gunzip, read, unpack
from tests.support.cost import cpu_bounded

if TYPE_CHECKING:
    from starlette.types import Receive

LIMIT = 1024 * 1024


def receiving(*chunks: bytes, disconnect: bool = False) -> Receive:
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if disconnect:
        messages.append({"type": "http.disconnect"})
    else:
        messages[-1]["more_body"] = False
    waiting = iter(messages)

    async def receive() -> Any:
        return next(waiting)

    return receive


async def test_pieces_are_joined() -> None:
    assert await read(receiving(b"a", b"", b"b"), None, 2) == b"ab"
    assert await read(receiving(b""), "identity", 2) == b""


async def test_the_limit_holds_for_what_comes() -> None:
    with pytest.raises(TooLargeError):
        await read(receiving(b"aa", b"a", b"never read"), None, 2)


async def test_a_connection_that_ends_too_early() -> None:
    with pytest.raises(MalformedError):
        await read(receiving(b"a", disconnect=True), None, 2)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", " x-gzip "])
async def test_gzip_in_any_pieces(coding: str) -> None:
    packed = gzip.compress(b"story" * 100)
    chunks = [packed[at : at + 7] for at in range(0, len(packed), 7)]
    assert unpack(await read(receiving(*chunks), coding, 500), coding, 500) == b"story" * 100


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "zstd", "x"])
async def test_other_codings(coding: str) -> None:
    with pytest.raises(UnsupportedError):
        await read(receiving(b""), coding, 2)


def test_members_are_joined_up_to_a_number() -> None:
    member = gzip.compress(b"a")
    assert gunzip(member * 16, 16) == b"a" * 16
    with pytest.raises(MalformedError):
        gunzip(gzip.compress(b"") * 50_000, LIMIT)


def test_the_limit_is_exact_after_unpacking() -> None:
    packed = gzip.compress(b"a" * LIMIT)
    assert len(gunzip(packed, LIMIT)) == LIMIT
    for bomb in (gzip.compress(b"a" * (LIMIT + 1)), packed + gzip.compress(b"a")):
        with pytest.raises(TooLargeError):
            gunzip(bomb, LIMIT)


def test_a_bomb_takes_neither_time_nor_room() -> None:
    bomb = gzip.compress(bytes(300 * 1024 * 1024), 9)
    tracemalloc.start()
    with cpu_bounded(1), pytest.raises(TooLargeError):
        gunzip(bomb, LIMIT)
    assert tracemalloc.get_traced_memory()[1] < 8 * LIMIT
    tracemalloc.stop()


def test_broken_gzip() -> None:
    packed = gzip.compress(b"story")
    for broken in (b"", b"story", packed[:-1], packed[:5], packed[:-8] + b"\0" * 8, packed + b"x", packed + packed[:4]):
        with pytest.raises(MalformedError):
            gunzip(broken, LIMIT)


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(packed: bytes) -> None:
    for text in (packed, gzip.compress(b"x")[:10] + packed):
        try:
            gunzip(text, LIMIT)
        except InvalidError:
            continue
