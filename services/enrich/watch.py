"""Whether the worker gets on: how far it is behind, as the broker tells, and for how long it has stood still.

The broker is asked over a connection of its own. Faust's consumer knows only what it has fetched, which says nothing of
what became of it, and one that hangs tells nothing at all.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from newswire.connection import connected
from newswire.errors import FailedError
from newswire.topics import RAW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection

WATCH_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 30.0
# Long before that it is no longer ready.
UNREADY_SECONDS: Final = 3.0
ASK_SECONDS: Final = 2.0


class Offsets:
    """Asks a broker how far a group has come."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def left(self, partitions: Collection[TopicPartition]) -> int:
        """Records that the group has not committed. Raises FailedError when the broker does not tell in time."""
        if not partitions:
            return 0
        try:
            async with asyncio.timeout(ASK_SECONDS):
                ends = await self._consumer.end_offsets(partitions)
                begun = await asyncio.gather(*map(self._begun, partitions))
        except (KafkaError, TimeoutError) as error:
            msg = "the broker does not tell how far the group has come"
            raise FailedError(msg) from error
        return sum(max(0, ends[partition] - start) for partition, start in zip(partitions, begun, strict=True))

    async def _begun(self, partition: TopicPartition) -> int:
        """The first record that is not committed; the first of all where none ever was."""
        committed = await self._consumer.committed(partition)
        if committed is None:
            return int((await self._consumer.beginning_offsets([partition]))[partition])
        return int(committed)


@asynccontextmanager
async def open_offsets(bootstrap: str, group: str) -> AsyncIterator[Offsets]:
    """A started one, which is no member of the group. Raises FailedError when Kafka does not answer within 30 s."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    async with connected(consumer, bootstrap):
        yield Offsets(consumer)


class Watched(Protocol):
    """The worker, as far as it is watched here."""

    def idle_seconds(self) -> float:
        """How long ago it has finished something, or begun."""

    def partitions(self) -> Collection[TopicPartition]:
        """What is its own now."""

    def crash(self) -> Exception | None:
        """What it has crashed of, if it has."""


class Watch:
    """Looks once a second. `tell` takes the lag, None while it is not known."""

    def __init__(self, offsets: Offsets, worker: Watched, tell: Callable[[int | None], None]) -> None:
        self.lag: int | None = None
        """None while the broker does not tell."""
        self._offsets = offsets
        self._worker = worker
        self._tell = tell
        self._asked = self._told = time.monotonic()
        self._standing_seconds = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. Raises what Faust has crashed of, and FailedError when nothing gets on for 30 s."""
        while not stop.is_set():
            if (crash := self._worker.crash()) is not None:
                raise crash
            await self._look()
            self._tell(self.lag)
            if self._standing_seconds > PATIENCE_SECONDS:
                raise FailedError(self._standing())
            await asyncio.sleep(WATCH_SECONDS)

    def check(self) -> None:
        """Raises FailedError when the worker stands still, or nobody knows whether it does."""
        blind_seconds = time.monotonic() - self._told
        if blind_seconds > UNREADY_SECONDS:
            msg = f"not known for {blind_seconds:.0f} s how far the group has come"
            raise FailedError(msg)
        if self._standing_seconds > UNREADY_SECONDS:
            raise FailedError(self._standing())

    async def _look(self) -> None:
        since, self._asked = self._asked, time.monotonic()
        try:
            self.lag = await self._offsets.left(self._worker.partitions())
        except FailedError:
            # A broker that is away is not the worker's fault: it has stood still for as long as before.
            self.lag = None
            return
        self._told = time.monotonic()
        stands = self.lag > 0 and self._worker.idle_seconds() > WATCH_SECONDS
        self._standing_seconds = self._standing_seconds + self._asked - since if stands else 0.0

    def _standing(self) -> str:
        return f"no progress for {self._standing_seconds:.0f} s, and {RAW} has more"
