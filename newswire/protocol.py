"""HTTP/1.1 with the limits that uvicorn lacks: bytes -> requests for the app, or a refusal and the connection's end.

ASGI middleware comes too late for them: it is called once a head is parsed, and never for a silent connection. This
relies on the inside of uvicorn 0.54, and on the order in which llhttp calls back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from newswire.errors import MalformedError, TooLargeError
from newswire.problem import MEDIA_TYPE, problem_body

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from uvicorn.config import Config
    from uvicorn.server import ServerState

# How long a refusal waits to be read. To close with bytes unread would reset the connection, and the refusal with it.
LINGER_SECONDS: Final = 2.0
# Beside the method, the target, the names and the values: "HTTP/1.1", and what stands between.
_LINE_BYTES: Final = 12
_FIELD_BYTES: Final = 4
_UPGRADE: Final = re.compile(rb"\r\nupgrade:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may take: bytes of a request's head, seconds of a whole request, seconds of silence.

    Silence counts from the connection's begin or from the last answer's end; neither clock runs while the app is at
    work on a request that has come whole, so a stream or a long poll lasts as long as it likes.
    """

    head_bytes: int = 64 * 1024
    request_seconds: float = 30.0
    silent_seconds: float = 60.0


class Protocol(HttpToolsProtocol):
    """One connection."""

    limits: ClassVar[Limits] = Limits()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._began: float | None = None  # when the request that is arriving did; None between two
        self._heard = self.loop.time()  # when the silence between two began
        self._unsent = 0  # what the reader had not taken of the last answer when it was looked at (bytes)
        self._body_due = False  # its head is whole, it is not
        self._fields_bytes = 0  # what came since the last byte of a body
        self._refused = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin to watch."""
        super().connection_made(transport)
        self._watch_until(self._heard + self._shortest())

    def connection_lost(self, exc: Exception | None) -> None:
        """End the watch."""
        self._stop_watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count, and pass on to the parser."""
        if self._refused:
            return
        if self._began is None:
            # Empty lines before a request are allowed; they must not be taken for one, nor end the silence.
            data = data.lstrip(b"\r\n")
            if not data:
                return
            self._began = self.loop.time()
            if b"pgrade" in data:
                data = _without_upgrade(data)
        self._fields_bytes += len(data)
        super().data_received(data)
        # The parser keeps an unfinished field to itself: a single one without an end, a trailer or a chunk's
        # extension too, is only seen here.
        if self._fields_bytes > self.limits.head_bytes:
            self._refuse(431, self._too_large())

    def on_message_begin(self) -> None:
        """Note the begin of a request that came in one piece with the end of another."""
        super().on_message_begin()
        if self._began is None:
            self._began = self.loop.time()

    def on_headers_complete(self) -> None:
        """Start the app, unless the head is too large."""
        if self._head_bytes() > self.limits.head_bytes:
            self._refuse(431, self._too_large())
            raise TooLargeError  # ends the parsing
        if self.parser.should_upgrade() and not {b"content-length", b"transfer-encoding"}.isdisjoint(
            dict(self.headers)
        ):
            # The parser would take the body for what is spoken after the upgrade, and then for a request.
            raise MalformedError
        super().on_headers_complete()
        self._body_due = True
        # Not the app's list any more: a trailer must not become a header (RFC 9110, 6.5.1).
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Pass a part of the body on."""
        self._fields_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the request's clock."""
        super().on_message_complete()
        self._began = None
        self._body_due = False
        self._fields_bytes = 0
        self._heard = self.loop.time()

    def on_response_complete(self) -> None:
        """Let the clocks run again that stood still meanwhile."""
        early = self._body_due and self.cycle.response_complete
        super().on_response_complete()
        self._heard = self.loop.time()
        if self._began is not None and not early:
            # What came behind the answered request has waited for us, not we for it.
            self._began = self._heard

    @staticmethod
    def count(status: int) -> None:
        """Called with the status of each refusal that no app has given."""

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser could not read; `msg` is uvicorn's, for its log."""
        self._refuse(400, msg)

    def _refuse(self, status: int, detail: str) -> None:
        """Say so instead of the app, as far as an answer still has its place, and end the connection."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self.count(status)
        if not self._body_due and self._answering():
            # An earlier request's answer is under way: it ends first, and the connection with it.
            self.cycle.keep_alive = False
        elif self._body_due and (self.pipeline or self.cycle.response_started):
            self.transport.abort()
        else:
            if self._answering():
                self.cycle.disconnected = True
                self.cycle.message_event.set()
            self._say(status, detail)

    def _say(self, status: int, detail: str) -> None:
        body = orjson.dumps(problem_body(status, "http", detail))
        headers = [
            *self.server_state.default_headers,
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        ]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[status], lines, body))
        self.transport.write_eof()
        self._stop_watch()
        self._timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _too_large(self) -> str:
        return f"the request's head is larger than {self.limits.head_bytes} bytes"

    def _head_bytes(self) -> int:
        size = len(self.parser.get_method()) + len(self.url) + _LINE_BYTES
        for name, value in self.headers:
            size += len(name) + len(value) + _FIELD_BYTES
        return size

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _deadline(self) -> float | None:
        if self._answering() and (self.pipeline or not self._body_due):
            return None
        if self._began is not None:
            return self._began + self.limits.request_seconds
        return self._heard + self.limits.silent_seconds

    def _watch(self) -> None:
        now, deadline = self.loop.time(), self._deadline()
        if deadline is None or deadline > now:
            # One timer a connection, not one a request. No deadline can come up that is nearer than the next look.
            soonest = now + self._shortest()
            self._watch_until(soonest if deadline is None else min(deadline, soonest))
        elif self._began is None and self._draining():
            self._watch_until(now + self._shortest())
        elif self.transport.is_closing():
            # Whoever should have read the last answer does not.
            self.transport.abort()
        elif self._began is not None:
            self._refuse(408, f"the request was not complete within {self.limits.request_seconds:g} s")
        else:
            self.transport.close()
            self._watch_until(now + self._shortest())

    def _draining(self) -> bool:
        """Whether a slow reader still takes the last answer: some of it is left, and less than at the last look."""
        before, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        return self._unsent > 0 and (before == 0 or self._unsent < before)

    def _watch_until(self, when: float) -> None:
        self._timer = self.loop.call_at(when, self._watch)

    def _stop_watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _shortest(self) -> float:
        return min(self.limits.request_seconds, self.limits.silent_seconds)


def _without_upgrade(data: bytes) -> bytes:
    """The begin of a request, its offer to upgrade renamed: httptools drops the body of one that has it.

    Java's own client offers h2c in front of its first body; an offer may be ignored (RFC 9110, 7.8).
    """
    head, end, body = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nx-upgrade:", head) + end + body


def limited(limits: Limits, count: Callable[[int], None] | None = None) -> type[Protocol]:
    """The protocol with other limits, its refusals counted."""
    counted = {"count": staticmethod(count)} if count else {}
    return type("Protocol", (Protocol,), {"limits": limits, **counted})
