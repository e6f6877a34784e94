"""Both OpenAPI documents under schemathesis: what a service answers to all that one may send it is in its document."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
import structlog
from schemathesis.config import SchemathesisConfig

from newswire.contracts.examples import read_examples
from newswire.telemetry.metrics import Meter
from services.feed.api import Feed, create_app
from services.feed.page import Site
from services.feed.tail import Tail
from tests.contract.ingesting import KEY, ingest_app
from tests.support.feed_reader import FakeReader
from tests.support.waiting import until
from tests.unit.services.ingest.fake_publisher import FakePublisher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case
    from starlette.types import ASGIApp, Receive, Scope, Send

# Half a minute on two cores that are free: of a story alone there are 14,000 variants.
pytestmark = pytest.mark.timeout(300)

CONTRACTS = Path(__file__).parents[2] / "contracts"
# The same requests at each run: a failure here is a defect, never luck.
CONFIG = {
    "generation": {"deterministic": True, "max-examples": 50, "database": "none"},
    "max-stream-events": 1,
    # A usable story needs a text, a cursor is one that was given out: no schema says so.
    "checks": {"positive_data_acceptance": {"enabled": False}},
    # One bad story of a batch is refused, and not the others: 207.
    "operations": [
        {"include-name": "POST /v1/stories/batch", "checks": {"negative_data_rejection": {"enabled": False}}}
    ],
}


# Lines are text to it.
schemathesis.serializer.alias("application/x-ndjson", "text/plain")


class LiveFeed:
    """The feed in a process that is about to stop: it has read its log, and nobody waits there for more."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        meter, site = Meter("feed"), Site("https://news.example", "The Wire")
        self._reader = with_stories()
        self._tail = Tail(self._reader, site.public_url, meter, self._stop)
        self._app = create_app(Feed(self._reader, self._tail, site, 16, meter))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        await receive()
        following = asyncio.create_task(self._tail.run())
        await until(lambda: "wait" in self._reader.asked)
        self._stop.set()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


def with_stories() -> FakeReader:
    """A read model with the stories of the examples, one of them killed."""
    reader = FakeReader()
    for example in read_examples(CONTRACTS / "articles.enriched/v1/examples"):
        if "article" in example.value:
            item = {**example.value["article"], "enrichment": example.value["enrichment"]}
            item["enrichment"].pop("errors")
            reader.show(item.pop("uri"), **item)
    reader.show("urn:example:killed")
    reader.end("urn:example:killed")
    return reader


def document(service: str, app: ASGIApp) -> Any:
    loaded = schemathesis.openapi.from_path(
        CONTRACTS / "openapi" / f"{service}.json", config=SchemathesisConfig.from_dict(CONFIG)
    )
    loaded.app = app
    return loaded


ingest = document("ingest", ingest_app(FakePublisher()))
feed = document("feed", LiveFeed())


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """No line a request: there are thousands."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@ingest.parametrize()  # type: ignore[untyped-decorator] # schemathesis has no type for it
def test_ingest(case: Case[Any]) -> None:
    case.call_and_validate(headers=KEY)


@feed.parametrize()  # type: ignore[untyped-decorator]
def test_feed(case: Case[Any]) -> None:
    case.call_and_validate()
