"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): the first reply is replayed to a retry.

A key is claimed before the publish, with the id that the event will have. Meanwhile others get 409, for a lease of
10 s at most: then a retry publishes under the same id, so that a reply that was lost, or an ingest that was killed,
makes no second event. Best effort: without Redis every request is the first, and the projector drops what repeats.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import orjson

from newswire.errors import InProgressError, KeyReusedError, MalformedError

if TYPE_CHECKING:
    from services.ingest.memory import Memory

LEASE_MS: Final = 10_000
KEPT_SECONDS: Final = 24 * 3600
_MOST_CHARS: Final = 256
# RFC 8941's string, and the bare form that most clients send.
_STRING = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])+)"')
_BARE = re.compile(r"[!#-~]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it was given; not `final` when a retry may get a better one."""

    status: int
    headers: dict[str, str]
    body: bytes
    final: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to answer first. `id` is what the event is to be called; its first claimant's, where there was one."""

    name: str
    fingerprint: str
    id: str


def read_key(header: str) -> str:
    """The key in the header's value. Raises MalformedError."""
    text = header.strip()
    quoted = _STRING.fullmatch(text)
    if len(text) > _MOST_CHARS or not (quoted or _BARE.fullmatch(text)):
        msg = f"Idempotency-Key: up to {_MOST_CHARS} printable ASCII characters, in quotes or bare"
        raise MalformedError(msg)
    return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text


def digest(*parts: bytes) -> str:
    """What tells one request, or one name, from another."""
    made = hashlib.sha256()
    for part in parts:
        made.update(len(part).to_bytes(8, "big"))
        made.update(part)
    return made.hexdigest()


async def claim(memory: Memory, wanted: Claim, now_ms: int) -> Claim | Reply:
    """The claim, or the reply that was given already.

    Raises InProgressError while another request has the claim, and KeyReusedError when that was for something else.
    """
    kept = await memory.claim(wanted.name, _claimed(wanted, now_ms + LEASE_MS), KEPT_SECONDS)
    if kept is None:
        return wanted
    found = orjson.loads(kept)
    if found["fingerprint"] != wanted.fingerprint:
        msg = "the same Idempotency-Key came with another request"
        raise KeyReusedError(msg)
    if "status" in found:
        return Reply(found["status"], found["headers"], found["body"].encode())
    if now_ms < found["until"]:
        msg = "a request with this Idempotency-Key is under way"
        raise InProgressError(msg)
    again = replace(wanted, id=found["id"])
    memory.keep([(again.name, _claimed(again, now_ms + LEASE_MS))], KEPT_SECONDS)
    return again


def settle(memory: Memory, claimed: Claim, reply: Reply) -> None:
    """Keep the reply for those who ask again."""
    kept = {
        "fingerprint": claimed.fingerprint,
        "status": reply.status,
        "headers": reply.headers,
        "body": reply.body.decode(),
    }
    memory.keep([(claimed.name, orjson.dumps(kept))], KEPT_SECONDS)


def release(memory: Memory, claimed: Claim) -> None:
    """Let a retry try at once, under the same id: what became of this request is not known."""
    memory.keep([(claimed.name, _claimed(claimed, 0))], KEPT_SECONDS)


def _claimed(claimed: Claim, until_ms: int) -> bytes:
    return orjson.dumps({"fingerprint": claimed.fingerprint, "id": claimed.id, "until": until_ms})
