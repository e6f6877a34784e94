"""A publisher that keeps what it is given, or fails as Kafka does."""

from __future__ import annotations

from newswire.errors import FailedError, PublishError
from services.ingest.publisher import Record, require_size


class FakePublisher:
    def __init__(self) -> None:
        self.records: list[Record] = []
        self.away = False

    async def publish(self, record: Record) -> None:
        require_size(record)
        if self.away:
            msg = "not acknowledged"
            raise PublishError(msg)
        self.records.append(record)

    async def check(self) -> None:
        if self.away:
            msg = "no Kafka"
            raise FailedError(msg)
