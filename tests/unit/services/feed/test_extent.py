from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from services.feed.extent import Extent, read_extent

PARTITION = TopicPartition("topic", 0)


@pytest.mark.parametrize(("committed", "known"), [(None, 0), (5, 5)])
async def test_it_is_read_from_kafka(committed: int | None, known: int) -> None:
    async def answer(of: object) -> Any:
        return committed if of == PARTITION else {PARTITION: 9}

    consumer: Any = SimpleNamespace(beginning_offsets=answer, end_offsets=answer, committed=answer)
    assert await read_extent(consumer, PARTITION) == Extent(9, 9, known)


@pytest.mark.parametrize(("extent", "once"), [(Extent(0, 9, 0), 0), (Extent(0, 9, 7), 7), (Extent(3, 9, 0), 3)])
def test_the_group_s_memory_begins_where_the_log_does(extent: Extent, once: int) -> None:
    assert extent.once == once
