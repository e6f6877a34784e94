"""The OpenAPI documents of the services' own apps, asked as anybody asks: GET /openapi.json."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from opentelemetry.trace import NoOpTracer

from newswire.telemetry.metrics import Meter
from services.feed.api import Feed, create_app
from services.feed.page import Site
from services.feed.store.connection import connect
from services.feed.store.reader import Reader
from services.feed.tail import Tail
from services.ingest.account import Account
from services.ingest.api import build
from services.ingest.calls import Ports
from services.ingest.credentials import ProvidersFile
from services.ingest.memory import NoMemory
from services.ingest.publisher import KafkaPublisher

if TYPE_CHECKING:
    from starlette.types import ASGIApp

Described = dict[str, Any]

# Nothing is started: an app describes itself without its brokers, and no address is part of what it says.
_NOWHERE = "localhost:1"


async def documents() -> dict[str, Described]:
    """Each service's document, by its name."""
    return {"ingest": await _ask(_ingest()), "feed": await _ask(_feed())}


def _ingest() -> ASGIApp:
    meter = Meter("ingest")
    publisher = KafkaPublisher(_NOWHERE, meter, in_flight=1, ack_seconds=1)
    providers, account = ProvidersFile(Path("providers.toml")), Account(meter, NoOpTracer())
    return build(Ports(publisher, providers, f"http://{_NOWHERE}", account, NoMemory()))


def _feed() -> ASGIApp:
    reader = Reader(connect(f"redis://{_NOWHERE}"), "main")
    site = Site(f"http://{_NOWHERE}", "newswire feed")
    meter = Meter("feed")
    tail = Tail(reader, site.public_url, meter, asyncio.Event())
    return create_app(Feed(reader, tail, site, 1, meter))


async def _ask(app: ASGIApp) -> Described:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.invalid") as client:
        document: Described = (await client.get("/openapi.json")).raise_for_status().json()
    return document
