"""The projector's side of the read model: what it must know of a story, and one fenced write a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.exceptions import NoScriptError

from newswire.errors import GapError
from services.feed.store import stub
from services.feed.store.connection import script, store_errors
from services.feed.store.writes import Due, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from services.feed.store.writes import Write


class Writer:
    """Writes one epoch of one wire. Raises StoreError whenever Redis does not answer or refuses."""

    def __init__(self, redis: Redis, wire: str, *, epoch: str = "1", changes_kept: int) -> None:
        self._redis = redis
        self._root = f"{{{wire}}}"
        self._epoch = epoch
        self._prefix = f"{self._root}:{epoch}:"
        self._kept = changes_kept
        self._apply_sha = ""
        self._whole = redis.register_script(script("whole"))
        self._due = redis.register_script(script("due"))

    async def view(self, uris: Sequence[str]) -> View:
        """The fence's offset, and the states and pending events of some stories, read at one moment."""
        with store_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hmget(f"{self._prefix}meta", ["offset", "newest", "whole"])
                if uris:
                    pipe.hmget(f"{self._prefix}stories", list(uris))
                    pipe.hmget(f"{self._prefix}pending", list(uris))
                (offset, newest, whole), *rest = await pipe.execute()
        stubs, pending = rest or ([], [])
        return View(
            offset=None if offset is None else int(offset),
            whole=whole is not None,
            newest_ms=int(newest or 0),
            stories={uri: stub.decode(found) for uri, found in zip(uris, stubs, strict=True) if found},
            pending={uri: found for uri, found in zip(uris, pending, strict=True) if found},
        )

    async def apply(self, writes: Sequence[Write], *, first: int) -> None:
        """Apply records in order, each whole or not at all. `first` is the log's first offset.

        Raises GapError at the first record that is not the next one: those before it are applied.
        """
        with store_errors():
            if not self._apply_sha:
                self._apply_sha = await self._redis.script_load(script("apply"))
            async with self._redis.pipeline(transaction=False) as pipe:
                for write in writes:
                    pipe.evalsha(self._apply_sha, 1, self._root, *self._arguments(write, first))
                try:
                    answers = await pipe.execute()
                except NoScriptError:
                    self._apply_sha = ""
                    raise
        for answer in answers:
            if answer != b"OK":
                raise GapError(int(answer))

    async def mark_broken(self) -> None:
        """Let nothing of the view be shown until it is whole again."""
        with store_errors():
            await self._redis.hdel(f"{self._prefix}meta", "whole")

    async def mark_whole(self, end: int, *, first: int = 0) -> bool:
        """Let the view be shown if all of the log from `first` to before `end` was applied; says whether it was."""
        with store_errors():
            return bool(await self._whole(keys=[self._root], args=[self._epoch, end, first]))

    async def time_us(self) -> int:
        """Redis's clock, in microseconds since 1970."""
        with store_errors():
            seconds, microseconds = await self._redis.time()
        return int(seconds) * 1_000_000 + int(microseconds)

    async def due(self, now_us: int, limit: int) -> list[Due]:
        """What the clock has to write by now, the oldest first."""
        with store_errors():
            members, stubs, traces = await self._due(keys=[self._root], args=[self._epoch, now_us, limit])
        return [
            Due(member[:1] == b"e", member[1:].decode(), stub.decode(found), trace.decode() if trace else None)
            for member, found, trace in zip(members, stubs, traces, strict=True)
            if found
        ]

    def _arguments(self, write: Write, first: int) -> list[bytes | str | int]:
        receipt = write.receipt
        return [
            self._epoch,
            write.offset,
            first,
            write.uri,
            b"" if write.story is None else stub.encode(write.story),
            _pending_argument(write.pending),
            write.kind or "",
            "" if write.version is None else f"v{write.version}",
            write.card,
            write.bodies,
            "" if write.story is None else write.story.first,
            write.newest_ms,
            "" if write.release_us is None else write.release_us,
            "" if write.expire_us is None else write.expire_us,
            self._kept,
            receipt.id if receipt else "",
            receipt.body if receipt else b"",
            receipt.seconds if receipt else 0,
            write.traceparent or "",
        ]


def _pending_argument(pending: bytes | None) -> bytes:
    if pending is None:
        return b""
    return pending or b"-"
