from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import socket
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

from newswire.protocol import Limits, Protocol
from newswire.serving import listen, serve
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import Receive, Scope, Send

HEAD = 2048
REQUEST = 0.15
SILENT = 0.2
LIMITS = Limits(HEAD, REQUEST, SILENT)
CHUNKED = b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


class App:
    """Echoes a body; /early and /large answer at once; /stream sends until it is let go, or its client leaves."""

    def __init__(self) -> None:
        self.called: list[tuple[str, list[tuple[bytes, bytes]]]] = []
        self.left = 0
        self.let_go = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.called.append((path, list(scope["headers"])))
        if path == "/stream":
            await self._start(send, {})
            await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})
            while not self.let_go:  # noqa: ASYNC110 - set by another thread
                await asyncio.sleep(0.01)
            await send({"type": "http.response.body", "body": b"end"})
            return
        answers = {"/early": b"", "/large": b"x" * 20_000_000}
        body = answers[path] if path in answers else await self._read(receive)
        if body is None:
            self.left += 1
        else:
            await self._start(send, {b"content-length": str(len(body)).encode()})
            await send({"type": "http.response.body", "body": body})

    async def _read(self, receive: Receive) -> bytes | None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message["body"]
            more = message["more_body"]
        return body

    async def _start(self, send: Send, headers: dict[bytes, bytes]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(headers.items())})


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        status, *lines = head.split("\r\n")[:-2]
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(status.split()[1]), headers, await self.reader.readexactly(int(headers["content-length"]))

    async def problem(self) -> dict[str, Any]:
        """The problem that ends the connection."""
        status, headers, body = await self.response()
        assert headers["content-type"] == "application/problem+json"
        assert headers["connection"] == "close"
        assert await self.reader.read() == b""
        problem: dict[str, Any] = json.loads(body)
        assert problem["status"] == status
        return problem

    async def cut(self) -> None:
        """The end, without another word."""
        try:
            assert await self.reader.read() == b""
        except ConnectionResetError:
            return

    async def drip(self, data: bytes, wait: float = 0.02) -> None:
        """Send the same again and again, until that is not possible any more."""
        while not self.writer.is_closing():
            self.send(data)
            await asyncio.sleep(wait)


@dataclass(frozen=True)
class Server:
    app: App
    port: int

    @asynccontextmanager
    async def client(self, first: bytes = b"") -> AsyncIterator[Client]:
        """A connection, which has sent this."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(first)
        try:
            yield Client(reader, writer)
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


# Services run on uvloop, whose transports are others than asyncio's.
@pytest.fixture(scope="module", params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    app, started = App(), queue.SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event]]()

    async def run() -> None:
        stop = asyncio.Event()
        started.put((asyncio.get_running_loop(), stop))
        await serve(app, "127.0.0.1", port, stop, LIMITS)

    def thread() -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(run())

    serving = threading.Thread(target=thread)
    serving.start()
    loop, stop = started.get(timeout=10)
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.01)
    yield Server(app, port)
    loop.call_soon_threadsafe(stop.set)
    serving.join(10)


def post(body: bytes, path: str = "/echo", fields: bytes = b"") -> bytes:
    return b"POST %b HTTP/1.1\r\nContent-Length: %d\r\n%b\r\n%b" % (path.encode(), len(body), fields, body)


def field(size: int) -> bytes:
    return b"X: %b\r\n" % (b"x" * (size - 5))


async def test_requests_pass_one_after_the_other_and_pipelined(server: Server) -> None:
    async with server.client() as client:
        for body in (b"1", b"22", b"x" * 1_000_000):
            client.send(post(body))
            assert (await client.response())[::2] == (200, body)
        client.send(b"\r\n" + post(b"1") + b"\r\n" + post(b"22") + CHUNKED + b"3\r\n333\r\n0\r\n\r\n")
        for body in (b"1", b"22", b"333"):
            assert (await client.response())[::2] == (200, body)


async def test_a_head_may_be_as_large_as_the_limit(server: Server) -> None:
    head = len(post(b""))
    async with server.client(
        post(b"", fields=field(HEAD - head)) + post(b"x" * HEAD, fields=field(HEAD - head - 3))
    ) as client:
        assert (await client.response())[0] == 200
        assert (await client.response())[::2] == (200, b"x" * HEAD)


@pytest.mark.parametrize(
    "head",
    [
        post(b"", fields=field(HEAD)),
        b"GET /" + b"x" * HEAD + b" HTTP/1.1\r\n\r\n",
        post(b"", fields=b"a:\r\n" * HEAD),
        b"GET / HTTP/1.1\r\nX: " + b"x" * 2_000_000,
        b"GET /" + b"x" * 2_000_000,
        post(b"1") + post(b"2", fields=field(HEAD)),
        post(b"1", "/early") + post(b"2", fields=field(2_000_000)),
    ],
    ids=["field", "target", "fields", "field without an end", "target without an end", "pipelined", "after an answer"],
)
async def test_a_larger_one_is_refused(server: Server, head: bytes) -> None:
    async with server.client(head) as client:
        if b"\r\n\r\n1" in head:
            assert (await client.response())[0] == 200
        if head.startswith(post(b"1") + b"POST"):
            # It came while the first was answered.
            await client.cut()
        else:
            assert (await client.problem())["status"] == 431


async def test_a_head_in_many_pieces_is_counted(server: Server) -> None:
    async with server.client(b"GET / HTTP/1.1\r\n") as client:
        dripping = asyncio.create_task(client.drip(field(200), 0.001))
        assert (await client.problem())["status"] == 431
        client.writer.close()
        await dripping


@pytest.mark.parametrize(
    "more",
    [b"0\r\n" + b"a: b\r\n" * 1000, b"0\r\na: " + b"b" * 5000, b"1;" + b"x" * 5000],
    ids=["many", "one", "extension"],
)
async def test_trailers_and_extensions_are_bounded_too(server: Server, more: bytes) -> None:
    async with server.client(CHUNKED + b"1\r\na\r\n") as client:
        await asyncio.sleep(0.02)
        client.send(more)
        assert (await client.problem())["status"] == 431


async def test_a_trailer_is_no_header(server: Server) -> None:
    async with server.client(CHUNKED + b"1\r\na\r\n0\r\nAuthorization: x\r\n\r\n") as client:
        assert (await client.response())[::2] == (200, b"a")
    assert server.app.called[-1] == ("/echo", [(b"transfer-encoding", b"chunked")])


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00",
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nX y\r\n\r\n",
        CHUNKED + b"z\r\n",
    ],
)
async def test_garbage_is_a_problem(server: Server, garbage: bytes) -> None:
    async with server.client(garbage) as client:
        problem = await client.problem()
        assert (problem["status"], problem["title"], problem["type"]) == (400, "Bad Request", "about:blank")


async def test_an_offer_to_upgrade_is_passed_over(server: Server) -> None:
    async with server.client(post(b"1", fields=b"Connection: Upgrade\r\nUpgrade: websocket\r\n")) as client:
        assert (await client.response())[::2] == (200, b"1")
        client.send(post(b"Upgrade: h2c", fields=b"Connection: Upgrade, HTTP2-Settings\r\nUPGRADE: h2c\r\n"))
        assert (await client.response())[::2] == (200, b"Upgrade: h2c")


async def test_nor_does_a_body_become_a_request(server: Server) -> None:
    begin, end = post(b"1", fields=b"Connection: Upgrade\r\nUpgrade: h2c\r\n").split(b"grade: h2c")
    async with server.client(begin) as client:
        await asyncio.sleep(0.02)
        client.send(b"grade: h2c" + end)
        assert (await client.problem())["status"] == 400


async def test_garbage_behind_a_request_does_not_spoil_its_answer(server: Server) -> None:
    async with server.client(post(b"1") + b"\x00\x01") as client:
        status, headers, body = await client.response()
        assert (status, headers["connection"], body) == (200, "close", b"1")
        await client.cut()


async def test_a_request_that_does_not_end_is_cut(server: Server) -> None:
    left = server.app.left

    async def one(piece: bytes) -> None:
        before = time.monotonic()
        async with server.client(piece) as client:
            assert (await client.problem())["status"] == 408
        assert time.monotonic() - before >= REQUEST

    begins = (b"GET /", b"GET / HTTP/1.1\r\nX: y\r\n", post(b"x" * 10)[:-1], CHUNKED + b"1\r\na", b"\r\nG")
    await asyncio.gather(*map(one, begins))

    async def told() -> bool:
        return server.app.left - left == 2

    await eventually(told)


async def test_a_silent_connection_is_owed_no_answer(server: Server) -> None:
    before = time.monotonic()
    async with server.client() as client:
        await client.cut()
    assert time.monotonic() - before >= SILENT


async def test_a_drip_does_not_help(server: Server) -> None:
    async def one(begin: bytes, drop: bytes) -> None:
        async with server.client(begin) as client:
            dripping = asyncio.create_task(client.drip(drop))
            assert (await client.problem())["status"] == 408
            client.writer.close()
            await dripping

    await asyncio.gather(one(b"GET / HTTP/1.1\r\n", b"a: b\r\n"), one(CHUNKED, b"1\r\na\r\n"))


async def test_empty_lines_neither_are_a_request_nor_end_the_silence(server: Server) -> None:
    async with server.client() as client:
        dripping = asyncio.create_task(client.drip(b"\r\n"))
        await client.cut()
        client.writer.close()
        await dripping


async def test_a_body_that_does_not_end_behind_its_answer_is_cut(server: Server) -> None:
    async with server.client(post(b"x" * 10, "/early")[:-1]) as client:
        assert (await client.response())[0] == 200
        await client.cut()


async def test_silence_between_requests_is_ended(server: Server) -> None:
    async with server.client(post(b"1")) as client:
        assert (await client.response())[0] == 200
        before = time.monotonic()
        await asyncio.sleep(SILENT / 2)
        client.send(post(b"2"))
        assert (await client.response())[0] == 200
        await client.cut()
        assert time.monotonic() - before >= SILENT * 1.5


async def test_streams_live_on(server: Server) -> None:
    async def one(more: bytes) -> None:
        async with server.client(b"GET /stream HTTP/1.1\r\n\r\n" + more) as client:
            assert await client.reader.readuntil(b":\n\n")
            assert await client.reader.readuntil(b"0\r\n\r\n") == b"\r\n3\r\nend\r\n0\r\n\r\n"
            assert server.app.let_go
            if more == b"GET /":
                # Its time began when ours was over.
                assert (await client.problem())["status"] == 408
            else:
                await client.cut()

    server.app.let_go = False
    reading = asyncio.gather(*map(one, (b"", b"GET /", b"\x00\x01")))
    await asyncio.sleep(2.5 * max(REQUEST, SILENT))
    server.app.let_go = True
    await reading


async def test_whoever_does_not_read_the_answer_is_cut(server: Server) -> None:
    async with server.client() as client:
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        client.send(post(b"", "/large", b"Connection: close\r\n"))
        await eventually(lambda: _closed(client))


async def _closed(client: Client) -> bool:
    client.send(b"x")
    return client.writer.is_closing()


def test_a_reader_is_slow_and_not_stalled_as_long_as_it_takes_some() -> None:
    left = iter([900, 500, 500, 400, 0])
    connection: Any = SimpleNamespace(_unsent=0, transport=SimpleNamespace(get_write_buffer_size=lambda: next(left)))
    assert [Protocol._draining(connection) for _ in range(5)] == [True, True, False, True, False]
