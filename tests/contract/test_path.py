"""The committed examples of articles.raw on their way through the whole stack, from Kafka to the feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from newswire import topics
from newswire.connection import stop_client
from newswire.producer import make_producer
from tests.contract.committed import RAW, example, examples
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.support.stack import Desk, RunningStack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

STATES = {
    "article": "superseded",
    "brief": "visible",
    "correction": "visible",
    "embargoed": "embargoed",
    "every-field": "visible",
    "kill": "killed",
    "withheld": "withheld",
}


async def test_each_example_becomes_what_it_should(stack: RunningStack) -> None:
    assert set(STATES) == {one.name for one in examples(RAW)}, "say here what becomes of a new example"
    await produce(stack.ready["kafka"])
    async with stack.desk() as desk:

        async def through() -> bool:
            return await states(desk) == STATES

        await eventually(through)
        for name in ("correction", "brief", "every-field"):
            article = example(RAW, name).value["article"]
            item = (await desk.story(article["uri"])).json()
            assert {field: item[field] for field in for_readers(article)} == for_readers(article)
            assert item["provider"] == example(RAW, name).value["provider"]
        for name in ("embargoed", "kill", "withheld"):
            assert (await desk.story(example(RAW, name).key)).status_code == 404


async def produce(bootstrap: str) -> None:
    """Write them as ingest does, each story's in the order of their acceptance."""
    producer = make_producer(bootstrap)
    await producer.start()
    try:
        for one in sorted(examples(RAW), key=lambda one: str(one.value["accepted"])):
            headers = [(name, value.encode()) for name, value in one.headers.items()]
            await producer.send_and_wait(topics.RAW, orjson.dumps(one.value), key=one.key.encode(), headers=headers)
    finally:
        await stop_client(producer)


async def states(desk: Desk) -> dict[str, str | None]:
    """What the receipt of each says."""
    answers = {one.name: await desk.get(f"/v1/receipts/{one.value['id']}") for one in examples(RAW)}
    return {name: answer.json().get("state") for name, answer in answers.items()}


def for_readers(value: Any) -> Any:
    """An article without what is for editors."""
    if isinstance(value, dict):
        return {name: for_readers(inner) for name, inner in value.items() if name != "edNote"}
    return [for_readers(inner) for inner in value] if isinstance(value, list) else value
