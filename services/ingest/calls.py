"""The calls under /v1: who is it, what was sent, may it come now, was it answered before; then the intake."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from starlette.responses import Response

from newswire.errors import FailedError, NewswireError, RateError, TooLargeError
from newswire.rawpath import story_uri
from services.ingest import answers, batch, body, formats, idempotency
from services.ingest.batch import STORY_BYTES
from services.ingest.idempotency import Claim, Reply, digest
from services.ingest.intake import Intake, Refused, new_id
from services.ingest.rates import Buckets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from services.ingest.account import Account, Call
    from services.ingest.credentials import Grant, Keyring
    from services.ingest.formats import Read, Reader
    from services.ingest.memory import Memory
    from services.ingest.publisher import Publisher

    # An answer, to be made under the id that its first event will have.
    Answer = Callable[[str], Awaitable[Reply]]

BATCH_BYTES: Final = 8 * 1024 * 1024


class Providers(Protocol):
    """Who may push, as of now."""

    keyring: Keyring

    async def check(self) -> str | None:
        """A warning; raises FailedError when nobody can be told."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What the calls work with. `feed_url` is where receipts are read, without a slash at its end."""

    publisher: Publisher
    providers: Providers
    feed_url: str
    account: Account
    memory: Memory


class Calls:
    """One method a call."""

    def __init__(self, ports: Ports) -> None:
        self._providers = ports.providers
        self._feed_url = ports.feed_url
        self._memory = ports.memory
        self._account = ports.account
        self._intake = Intake(ports.publisher, ports.memory, ports.account)
        self._buckets = Buckets()

    async def push(self, request: Request, call: Call) -> Response:
        """Take one story, or the several of a feed or a message."""
        return await self._push(request, call, formats.reader_for)

    async def batch(self, request: Request, call: Call) -> Response:
        """Take an array of stories, or lines of them."""
        return await self._push(request, call, batch.reader_for)

    async def signed(self, request: Request, call: Call) -> Response:
        """Take what `push` takes from a system that signs what it sends."""
        reader = formats.reader_for(request.headers.get("content-type"))
        sent = await _read(request, reader)
        grant = self._providers.keyring.verify(request.path_params["provider"], request.headers, sent, time.time())
        call.provider = grant.name
        return await self._take(request, call, grant, reader, sent)

    async def end(self, request: Request, call: Call) -> Response:
        """End a story for good."""
        grant = self._authenticate(request, call)
        uri = story_uri(request.path_params["uri"])

        async def answer(first_id: str) -> Reply:
            return answers.one(await self._intake.end(call, grant, uri, first_id), self._feed_url)

        limits = self._allow(grant, 1)
        return _response(await self._once(request, grant, b"", answer), limits)

    async def _push(self, request: Request, call: Call, reader_for: Callable[[str | None], Reader]) -> Response:
        grant = self._authenticate(request, call)
        reader = reader_for(request.headers.get("content-type"))
        return await self._take(request, call, grant, reader, await _read(request, reader))

    async def _take(self, request: Request, call: Call, grant: Grant, reader: Reader, sent: bytes) -> Response:
        # Before it is parsed, which is what costs.
        limits = self._allow(grant, 1)
        text = body.unpack(sent, request.headers.get("content-encoding"), _limit(reader))
        read = reader.read(text)
        if read.single and len(text) > STORY_BYTES:
            raise _too_large(STORY_BYTES)
        if len(read.stories) > 1:
            limits = self._allow(grant, len(read.stories) - 1)
        answer = partial(self._answer, call, grant, read)
        return _response(await self._once(request, grant, sent, answer), limits)

    async def _answer(self, call: Call, grant: Grant, read: Read, first_id: str) -> Reply:
        outcomes = await self._intake.take(call, grant, read.stories, first_id)
        if read.single:
            return answers.one(outcomes[0], self._feed_url)
        for outcome in outcomes:
            if isinstance(outcome, Refused):
                self._account.refused(call, outcome.error)
        return answers.many(outcomes)

    async def _once(self, request: Request, grant: Grant, sent: bytes, answer: Answer) -> Reply:
        """The answer, or the one that was given before under the same Idempotency-Key."""
        # A signed push has an id already, that its sender keeps in a retry.
        header = request.headers.get("idempotency-key", request.headers.get("webhook-id"))
        if header is None:
            return await answer(new_id())
        name = digest(grant.name.encode(), idempotency.read_key(header).encode())
        claimed = await idempotency.claim(
            self._memory, Claim(f"key:{name}", _fingerprint(request, sent), new_id()), int(time.time() * 1000)
        )
        if isinstance(claimed, Reply):
            return claimed
        return await self._settled(claimed, answer)

    async def _settled(self, claimed: Claim, answer: Answer) -> Reply:
        try:
            reply = await answer(claimed.id)
        except FailedError:
            idempotency.release(self._memory, claimed)
            raise
        except NewswireError:
            # Nothing came of it: who mends the request may send it under the same key.
            self._memory.forget(claimed.name)
            raise
        if reply.final:
            idempotency.settle(self._memory, claimed, reply)
        else:
            idempotency.release(self._memory, claimed)
        return reply

    def _authenticate(self, request: Request, call: Call) -> Grant:
        grant = self._providers.keyring.authenticate(request.headers.get("authorization"))
        call.provider = grant.name
        return grant

    def _allow(self, grant: Grant, stories: int) -> dict[str, str]:
        """What the answer says of the provider's rate. Raises RateError when it is used up."""
        if grant.rate is None:
            return {}
        allowance = self._buckets.take(grant.name, grant.rate, stories, time.monotonic())
        if not allowance.granted:
            raise RateError(allowance.headers())
        return allowance.headers()


def _limit(reader: Reader) -> int:
    return BATCH_BYTES if reader.several else STORY_BYTES


async def _read(request: Request, reader: Reader) -> bytes:
    """The body as it was sent. Raises TooLargeError, UnsupportedError, MalformedError."""
    limit, declared = _limit(reader), request.headers.get("content-length")
    # Only saves the reading: what really comes is counted.
    if declared and declared.isdecimal() and len(declared) > len(str(limit)):
        raise _too_large(limit)
    return await body.read(request.receive, request.headers.get("content-encoding"), limit)


def _too_large(limit_bytes: int) -> TooLargeError:
    return TooLargeError(f"larger than {limit_bytes} bytes")


def _fingerprint(request: Request, sent: bytes) -> str:
    content_type = request.headers.get("content-type", "")
    return digest(request.method.encode(), request.url.path.encode(), content_type.encode(), sent)


def _response(reply: Reply, limits: dict[str, str]) -> Response:
    return Response(reply.body, reply.status, {**reply.headers, **limits})
