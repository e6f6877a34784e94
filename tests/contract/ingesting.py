"""Ingest in this process, with a key that may publish any uri."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import httpx

from services.ingest.api import build
from services.ingest.calls import Ports
from services.ingest.credentials import parse
from services.ingest.memory import NoMemory
from tests.support.ingesting import quiet_account
from tests.unit.services.ingest.fake_publisher import FakePublisher

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from services.ingest.publisher import Record

KEY = {"Authorization": "Bearer d.s"}
_FILE = f"""
[providers.development]
uri_prefixes = [""]
[[providers.development.keys]]
id = "d"
sha256 = "{hashlib.sha256(b"s").hexdigest()}"
"""


class Providers:
    """Those of a file that never changes."""

    keyring = parse(_FILE)

    async def check(self) -> str | None:
        return None


def ingest_app(publisher: FakePublisher) -> ASGIApp:
    return build(Ports(publisher, Providers(), "http://feed.example", quiet_account(), NoMemory()))


async def record_of_a_call(method: str, path: str, body: str = "") -> Record:
    """What ingest publishes when it is called so."""
    publisher = FakePublisher()
    transport = httpx.ASGITransport(ingest_app(publisher))
    headers = {**KEY, "Content-Type": "application/json"}
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest.example", headers=headers) as client:
        response = await client.request(method, path, content=body)
    assert response.status_code == 202, response.text
    [record] = publisher.records
    return record
