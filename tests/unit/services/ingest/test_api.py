from __future__ import annotations

import gzip
import json
import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire import topics
from newswire.events import ArticleEvent
from services.ingest.api import build
from services.ingest.batch import STORY_BYTES
from services.ingest.calls import Ports
from services.ingest.credentials import Keyring, parse
from services.ingest.memory import NoMemory
from tests.support.ingesting import quiet_account
from tests.unit.services.ingest.fake_publisher import FakePublisher
from tests.unit.services.ingest.test_credentials import providers_toml
from tests.unit.services.ingest.test_ninjs import STORY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEYS = parse(
    providers_toml("d.s", name="dev", prefixes='[""]') + providers_toml("c.s", prefixes='["https://courier.example/"]')
)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class FixedProviders:
    def __init__(self, keyring: Keyring, warning: str | None = None) -> None:
        self.keyring = keyring
        self.warning = warning

    async def check(self) -> str | None:
        return self.warning


@pytest.fixture
def publisher() -> FakePublisher:
    return FakePublisher()


@pytest.fixture
def providers() -> FixedProviders:
    return FixedProviders(KEYS)


def client_of(publisher: FakePublisher, providers: FixedProviders) -> httpx.AsyncClient:
    app = build(Ports(publisher, providers, "http://feed.example", quiet_account(), NoMemory()))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://ingest.example",
        headers={"Authorization": "Bearer d.s", "Content-Type": "application/json"},
    )


@pytest.fixture
async def client(publisher: FakePublisher, providers: FixedProviders) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(publisher, providers) as client:
        yield client


def events_of(publisher: FakePublisher) -> list[ArticleEvent]:
    return [ArticleEvent.model_validate_json(record.value) for record in publisher.records]


def refused(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["detail"]
    return body


async def test_a_push(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    response = await client.post("/v1/stories?unknown=1", json=STORY, headers={"traceparent": TRACE})
    assert response.status_code == 202
    answer = response.json()
    assert answer == {"id": answer["id"], "uri": STORY["uri"], "version": "7", "duplicate": False}
    assert uuid.UUID(answer["id"]).version == 7
    assert response.headers["location"] == f"http://feed.example/v1/receipts/{answer['id']}"

    [event] = events_of(publisher)
    assert (event.id, event.provider) == (answer["id"], "dev")
    assert event.accepted.endswith("Z")
    assert event.article.dump() == STORY
    [record] = publisher.records
    assert record.key == STORY["uri"].encode()
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": event.id.encode(),
        "ce_source": b"/ingest/dev",
        "ce_type": b"newswire.story.accepted.v1",
        "ce_time": event.accepted.encode(),
        "ce_subject": STORY["uri"].encode(),
        "content-type": b"application/json",
        "traceparent": TRACE.encode(),
    }


@pytest.mark.parametrize("header", [None, "", "nonsense", "00-" + "0" * 5, TRACE.upper(), "\u00ff"])
async def test_a_trace_begins_here_when_none_came(
    client: httpx.AsyncClient, publisher: FakePublisher, header: str | None
) -> None:
    headers = [] if header is None else [(b"traceparent", header.encode("latin-1"))]
    await client.post("/v1/stories", json=STORY, headers=headers)
    trace = topics.trace_of(publisher.records[0].headers)
    assert trace
    assert trace != TRACE


async def test_a_version_is_optional(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/stories", json={"uri": "7", "headlines": [{"value": "x"}]})
    assert response.json() | {"id": ""} == {"id": "", "uri": "urn:newswire:dev:7", "version": None, "duplicate": False}


async def test_gzip(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    response = await client.post(
        "/v1/stories", content=gzip.compress(json.dumps(STORY).encode()), headers={"Content-Encoding": "gzip"}
    )
    assert response.status_code == 202
    assert events_of(publisher)[0].article.dump() == STORY


async def test_html_is_made_safe(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    bodies = [{"contentType": "text/html", "value": "<p onclick=a>x</p><script>b</script>"}]
    await client.post("/v1/stories", json={"uri": "x:1", "bodies": bodies})
    assert events_of(publisher)[0].article.dump()["bodies"] == [{"contentType": "text/html", "value": "<p>x</p>"}]


@pytest.mark.parametrize(
    "uri", ["https://courier.example/a?b=c#d", "https://x.example/versions", "a/b", "б", "100%", "a\0b"]
)
async def test_a_kill(client: httpx.AsyncClient, publisher: FakePublisher, uri: str) -> None:
    pushed = await client.post("/v1/stories", json={"uri": uri, "headlines": [{"value": "x"}]})
    response = await client.delete(f"/v1/stories/{quote(uri, safe='')}")
    assert response.status_code == 202
    answer = response.json()
    assert answer == {"id": answer["id"], "uri": pushed.json()["uri"], "version": None, "duplicate": False}
    assert response.headers["location"].endswith(answer["id"])
    assert events_of(publisher)[1].article.dump() == {"uri": answer["uri"], "pubStatus": "canceled"}


async def test_prefixes(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    headers = {"Authorization": "bearer c.s"}
    assert (await client.post("/v1/stories", json=STORY, headers=headers)).status_code == 202
    refused(await client.post("/v1/stories", json={**STORY, "uri": "https://other.example/"}, headers=headers), 403)
    refused(await client.delete("/v1/stories/https%3A%2F%2Fother.example%2F", headers=headers), 403)
    assert len(publisher.records) == 1


async def test_credentials(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    bodies = []
    for key in ("", "Bearer d.x", "Bearer x.s", "Basic d.s"):
        for response in (
            await client.post("/v1/stories", content=b"[", headers={"Authorization": key}),
            await client.delete("/v1/stories/x", headers={"Authorization": key}),
        ):
            bodies.append(refused(response, 401))
            assert response.headers["www-authenticate"].startswith("Bearer")
    assert all(body == bodies[0] for body in bodies)
    assert not publisher.records


@pytest.mark.parametrize(
    ("status", "content", "headers"),
    [
        (400, b"[", {}),
        (400, b'{"uri":"a","uri":"b"}', {}),
        (400, b'{"uri":NaN}', {}),
        (400, b'{"uri":"\\ud800"}', {}),
        (400, b'{"uri":"\xff"}', {}),
        (400, b"{}", {"Content-Encoding": "gzip"}),
        (413, b"[" * 100_000, {}),
        (413, b'"' + b"a" * STORY_BYTES + b'"', {}),
        (413, b'"' + b"a" * 20 * STORY_BYTES + b'"', {}),
        (413, gzip.compress(b" " * 64 * STORY_BYTES), {"Content-Encoding": "gzip"}),
        (
            413,
            json.dumps({"uri": "x:1", "bodies": [{"contentType": "text/html", "value": "&" * 900_000}]}).encode(),
            {},
        ),
        (415, b"{}", {"Content-Type": "text/plain"}),
        (415, b"{}", {"Content-Type": ""}),
        (415, b"{}", {"Content-Type": "application/json; charset=latin-1"}),
        (415, b"{}", {"Content-Encoding": "br"}),
        (422, b"[]", {}),
        (422, b"{}", {}),
        (422, b'{"uri":"x:1"}', {}),
        (422, b'{"uri":" "}', {}),
        (422, json.dumps({"uri": "x:" + "a" * 3000, "headlines": [{"value": "x"}]}).encode(), {}),
    ],
)
async def test_bad_input(
    client: httpx.AsyncClient, publisher: FakePublisher, status: int, content: bytes, headers: dict[str, str]
) -> None:
    body = refused(await client.post("/v1/stories", content=content, headers=headers), status)
    assert bool(body.get("errors")) == (status == 422)
    assert not publisher.records


async def test_a_content_length_that_lies(client: httpx.AsyncClient) -> None:
    for declared in ("0", "10", "9" * 5000, "\u00b2", "-1", "1e9"):
        response = await client.post(
            "/v1/stories", content=b"a" * (STORY_BYTES + 1), headers={b"content-length": declared.encode("latin-1")}
        )
        refused(response, 413)


async def test_kafka_away(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    publisher.away = True
    for response in (await client.post("/v1/stories", json=STORY), await client.delete("/v1/stories/x")):
        refused(response, 503)
        assert int(response.headers["retry-after"]) >= 1


async def test_health(client: httpx.AsyncClient, publisher: FakePublisher, providers: FixedProviders) -> None:
    assert (await client.get("/livez")).json() == {"status": "pass"}
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "pass")

    providers.warning = "an old file is in force"
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "warn")
    [told] = ready.json()["checks"]["providers"]
    assert (told["status"], told["output"]) == ("warn", "an old file is in force")

    publisher.away = True
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "fail")
    assert (await client.get("/livez")).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/v1/stories/", "/v1/stories/https://x.example/a", "/v1/stories/a/b", "/v1%2Fstories"]
)
async def test_no_such_route(client: httpx.AsyncClient, path: str) -> None:
    refused(await client.delete(path), 404)


async def test_other_methods(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/stories")
    refused(response, 405)
    assert response.headers["allow"] == "POST"
    refused(await client.post("/v1/stories/x", json=STORY), 405)


async def test_a_path_that_is_not_utf8(client: httpx.AsyncClient) -> None:
    refused(await client.delete("/v1/stories/%ff"), 400)
    refused(await client.delete("/v1/stories/%ED%A0%80"), 400)


async def test_the_document(client: httpx.AsyncClient) -> None:
    response = await client.get("/openapi.json")
    document = response.json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        *("/v1/stories", "/v1/stories/batch", "/v1/stories/{uri}", "/v1/push/{provider}"),
        *("/livez", "/readyz"),
    }
    push = document["paths"]["/v1/stories"]["post"]
    taken, refusals = {"202", "207"}, {"400", "401", "403", "408", "409", "413", "415", "422", "429", "431", "503"}
    assert set(push["responses"]) == taken | refusals
    schemas = document["components"]["schemas"]
    text = response.text
    for name in {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in schemas
    assert "$defs" not in text
    assert schemas["Article"]["additionalProperties"] is False
    assert "uri" in schemas["Article"]["required"]
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "//" not in "".join(re.findall(r'(?:src|href)="([^"]*)"', page.text))


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.text(max_size=5) | st.integers() | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*STORY, "x", "value", "name"]), inner, max_size=4)
        ),
        max_leaves=10,
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from(["application/json", "application/json;charset=\u00e9", "", "x"]),
    st.sampled_from(["identity", "gzip", "br"]),
)
async def test_no_bytes_are_answered_by_5xx(text: bytes, content_type: str, coding: str) -> None:
    async with client_of(FakePublisher(), FixedProviders(KEYS)) as client:
        headers = [(b"Content-Type", content_type.encode("latin-1")), (b"Content-Encoding", coding.encode())]
        response = await client.post("/v1/stories", content=text, headers=headers)
        assert response.status_code in (202, 400, 413, 415, 422)
        if coding == "gzip":
            response = await client.post("/v1/stories", content=gzip.compress(text), headers=headers)
            assert response.status_code in (202, 400, 413, 415, 422)


# Clients take these two out of a path, however they are encoded; there, the URN that the 202 named is needed.
@given(st.text(min_size=1, max_size=20).filter(lambda uri: uri not in (".", "..")))
async def test_any_uri_can_be_pushed_and_killed(uri: str) -> None:
    publisher = FakePublisher()
    async with client_of(publisher, FixedProviders(KEYS)) as client:
        pushed = await client.post("/v1/stories", json={"uri": uri, "headlines": [{"value": "x"}]})
        killed = await client.delete(f"/v1/stories/{quote(uri, safe='')}")
        assert (pushed.status_code, killed.status_code) in ((202, 202), (422, 422))
        assert len({record.key for record in publisher.records}) <= 1


async def test_what_was_accepted_can_be_pushed_again(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    await client.post(
        "/v1/stories", json={**STORY, "uri": "a b", "bodies": [{"value": "<p>a & b<script>c</script></p>"}]}
    )
    await client.post("/v1/stories", json=events_of(publisher)[0].article.dump())
    first, second = events_of(publisher)
    assert first.article == second.article
