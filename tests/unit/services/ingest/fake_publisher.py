"""A publisher that keeps what it is given, or fails as Kafka does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from newswire.errors import FailedError, NewswireError, PublishError
from services.ingest.publisher import Record, Stored, require_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newswire.health import Observed


class FakePublisher:
    def __init__(self) -> None:
        self.records: list[Record] = []
        self.away = False

    async def publish(self, record: Record) -> Stored:
        require_size(record)
        if self.away:
            msg = "not acknowledged"
            raise PublishError(msg)
        self.records.append(record)
        return Stored(0, len(self.records) - 1, int(time.time() * 1000))

    async def publish_all(self, records: Sequence[Record]) -> list[Stored | NewswireError]:
        found: list[Stored | NewswireError] = []
        for record in records:
            try:
                found.append(await self.publish(record))
            except NewswireError as error:
                found.append(error)
        return found

    async def check(self) -> None:
        if self.away:
            msg = "no Kafka"
            raise FailedError(msg)

    async def check_clock(self) -> Observed | None:
        return None
