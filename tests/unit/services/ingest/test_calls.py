"""Batches, signed pushes, Idempotency-Keys, rates and scopes over the routes, without Kafka and Redis."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from newswire.events import ArticleEvent
from services.ingest.api import build
from services.ingest.batch import STORY_BYTES
from services.ingest.calls import Ports
from services.ingest.credentials import parse
from services.ingest.intake import event_id
from tests.support.ingesting import quiet_account
from tests.support.memory import DictMemory
from tests.unit.services.ingest.fake_publisher import FakePublisher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.ingest.credentials import Keyring

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the specification's example
SHA = hashlib.sha256(b"s").hexdigest()
FILE = f"""
[providers.dev]
uri_prefixes = [""]
[[providers.dev.keys]]
id = "d"
sha256 = "{SHA}"
[[providers.dev.keys]]
id = "pusher"
sha256 = "{SHA}"
scopes = ["push"]
[[providers.dev.secrets]]
id = "s"
secret = "{SECRET}"
[providers.courier]
uri_prefixes = ["https://courier.example/"]
stories_per_minute = 3
superdesk_signature = true
[[providers.courier.keys]]
id = "c"
sha256 = "{SHA}"
[[providers.courier.secrets]]
id = "t"
secret = "{SECRET}"
"""


class Providers:
    keyring: Keyring = parse(FILE)

    async def check(self) -> str | None:
        return None


def story(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"uri": f"https://courier.example/{number}", "version": "1", "headlines": [{"value": "A"}], **fields}


class Desk:
    """A newsroom's client, and what it has got into Kafka."""

    def __init__(self) -> None:
        self.publisher = FakePublisher()
        self.memory = DictMemory()
        app = build(Ports(self.publisher, Providers(), "http://feed.example", quiet_account(), self.memory))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest.example")

    @property
    def events(self) -> list[ArticleEvent]:
        return [ArticleEvent.model_validate_json(record.value) for record in self.publisher.records]

    async def post(self, path: str, content: Any, key: str | None = "d.s", **headers: str) -> httpx.Response:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        given = {"content-type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
        if key:
            given["authorization"] = f"Bearer {key}"
        return await self.client.post(path, content=body, headers=given)

    async def batch(self, content: Any, **headers: str) -> httpx.Response:
        return await self.post("/v1/stories/batch", content, **headers)

    async def push(self, content: Any, **headers: str) -> httpx.Response:
        return await self.post("/v1/stories", content, **headers)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    async with made.client:
        yield made


def lines(*stories: Any) -> bytes:
    return b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in stories)


NDJSON = {"content_type": "application/x-ndjson"}


class TestBatch:
    async def test_all_accepted(self, desk: Desk) -> None:
        answer = await desk.batch([story(number) for number in range(500)])
        assert answer.status_code == 202
        results = answer.json()["results"]
        assert [result["uri"] for result in results] == [story(number)["uri"] for number in range(500)]
        assert {result["status"] for result in results} == {202}
        assert [event.id for event in desk.events] == [result["id"] for result in results]
        assert len({result["id"] for result in results}) == 500

    async def test_some_accepted_each_with_its_own_answer_in_order(self, desk: Desk) -> None:
        answer = await desk.batch([story(1), {"uri": "x:1", "nosuch": 1}, 5, story(2)])
        assert answer.status_code == 207
        results = answer.json()["results"]
        assert [result["status"] for result in results] == [202, 422, 422, 202]
        assert results[1]["problem"]["errors"][0]["pointer"] == "/nosuch"
        assert len(desk.events) == 2

    async def test_none_accepted_is_a_problem_of_the_highest_status(self, desk: Desk) -> None:
        answer = await desk.post("/v1/stories/batch", [{"uri": "x:1", "headlines": [{"value": "A"}]}, {}], key="c.s")
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert [result["status"] for result in answer.json()["results"]] == [403, 422]

    async def test_lines(self, desk: Desk) -> None:
        answer = await desk.batch(lines(story(1), b"", b'{"uri":', story(2)) + b"\r\n", **NDJSON)
        assert answer.status_code == 207
        assert [result["status"] for result in answer.json()["results"]] == [202, 400, 202]

    @pytest.mark.parametrize("text", [b"[", b"[{},]", b'[{"a":1,"a":2}]', b"[NaN]", b"\xff"])
    async def test_a_fault_in_the_arrays_json_refuses_it_whole(self, desk: Desk, text: bytes) -> None:
        answer = await desk.batch(text)
        assert answer.status_code == 400
        assert "results" not in answer.json()

    async def test_an_object_is_no_batch(self, desk: Desk) -> None:
        assert (await desk.batch(story())).status_code == 422

    async def test_too_many_store_nothing(self, desk: Desk) -> None:
        assert (await desk.batch([story(number) for number in range(501)])).status_code == 413
        assert (await desk.batch(lines(*(story(number) for number in range(501))), **NDJSON)).status_code == 413
        assert not desk.events

    async def test_too_large_as_a_whole_and_one_alone(self, desk: Desk) -> None:
        large = story(1, slugline="x" * STORY_BYTES)
        answer = await desk.batch([large, story(2)])
        assert [result["status"] for result in answer.json()["results"]] == [413, 202]
        packed = gzip.compress(json.dumps([large] * 9).encode())
        assert (await desk.batch(packed, content_encoding="gzip")).status_code == 413

    async def test_an_empty_one(self, desk: Desk) -> None:
        answer = await desk.batch([])
        assert (answer.status_code, answer.json()) == (202, {"results": []})

    @pytest.mark.parametrize("content_type", ["application/xml", "text/plain", "application/json; charset=latin-1"])
    async def test_json_alone(self, desk: Desk, content_type: str) -> None:
        assert (await desk.batch([story()], content_type=content_type)).status_code == 415

    async def test_kafka_away(self, desk: Desk) -> None:
        desk.publisher.away = True
        answer = await desk.batch([story(1), story(2)])
        assert answer.status_code == 503
        assert answer.headers["retry-after"]

    async def test_a_story_twice_in_one_batch_is_one_event(self, desk: Desk) -> None:
        results = (await desk.batch([story(1), story(1), story(2)])).json()["results"]
        assert results[1] == results[0] | {"duplicate": True}
        assert len(desk.events) == 2


RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>https://courier.example/</link>
<description>D</description>
<item><guid>https://courier.example/1</guid><title>One</title></item>
<item><title>No id</title></item></channel></rss>"""


async def test_a_document_of_several_stories_is_answered_as_a_batch(desk: Desk) -> None:
    answer = await desk.push(RSS, content_type="application/rss+xml")
    assert answer.status_code == 207
    assert [result["status"] for result in answer.json()["results"]] == [202, 422]


@pytest.mark.parametrize(
    "text", [b"<!DOCTYPE rss []><rss/>", b'<!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>', b"<rss", b"<rss>&a;</rss>"]
)
async def test_xml_that_is_not_taken(desk: Desk, text: bytes) -> None:
    assert (await desk.push(text, content_type="application/xml")).status_code == 400


async def test_an_unknown_root(desk: Desk) -> None:
    assert (await desk.push(b"<html/>", content_type="application/xml")).status_code == 415


class TestRepeats:
    async def test_an_exact_repeat_has_the_first_ones_id_and_is_not_stored_again(self, desk: Desk) -> None:
        first, second = await desk.push(story()), await desk.push(story())
        assert second.status_code == 202
        assert second.json() == first.json() | {"duplicate": True}
        assert second.headers["location"] == first.headers["location"]
        assert len(desk.events) == 1

    async def test_what_was_not_stored_is_not_remembered(self, desk: Desk) -> None:
        desk.publisher.away = True
        assert (await desk.push(story())).status_code == 503
        desk.publisher.away = False
        assert (await desk.push(story())).json()["duplicate"] is False


class TestIdempotencyKey:
    async def test_the_first_reply_is_replayed(self, desk: Desk) -> None:
        first = await desk.push(story(), idempotency_key='"k-1"')
        again = await desk.push(story(), idempotency_key="k-1")
        assert (again.status_code, again.content) == (202, first.content)
        assert again.headers["location"] == first.headers["location"]
        assert len(desk.events) == 1

    async def test_another_body_under_the_same_key(self, desk: Desk) -> None:
        await desk.push(story(1), idempotency_key="k")
        answer = await desk.push(story(2), idempotency_key="k")
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("key-reused")

    async def test_another_providers_key_is_another(self, desk: Desk) -> None:
        await desk.push(story(1), idempotency_key="k")
        assert (await desk.push(story(2), key="c.s", idempotency_key="k")).status_code == 202

    async def test_a_retry_after_a_failure_goes_on_under_the_same_id(self, desk: Desk) -> None:
        desk.publisher.away = True
        assert (await desk.push(story(), idempotency_key="k")).status_code == 503
        [kept] = [json.loads(value) for name, value in desk.memory.kept.items() if name.startswith("key:")]
        desk.publisher.away = False
        answer = await desk.push(story(), idempotency_key="k")
        assert answer.json()["id"] == kept["id"] == desk.events[0].id

    async def test_a_refused_request_may_be_mended_under_its_key(self, desk: Desk) -> None:
        assert (await desk.push({"uri": "x:1", "nosuch": 1}, idempotency_key="k")).status_code == 422
        assert (await desk.push(story(), idempotency_key="k")).status_code == 202

    async def test_one_under_way(self, desk: Desk) -> None:
        await desk.push(story(), idempotency_key="k")
        [name] = [name for name in desk.memory.kept if name.startswith("key:")]
        kept = json.loads(desk.memory.kept[name])
        under_way = {"fingerprint": kept["fingerprint"], "id": "x", "until": int(time.time() * 1000) + 5000}
        desk.memory.kept[name] = json.dumps(under_way).encode()
        answer = await desk.push(story(), idempotency_key="k")
        assert answer.status_code == 409
        assert answer.headers["retry-after"]

    async def test_a_batch(self, desk: Desk) -> None:
        first = await desk.batch([story(1), story(2)], idempotency_key="k")
        again = await desk.batch([story(1), story(2)], idempotency_key="k")
        assert (again.status_code, again.content) == (202, first.content)
        assert len(desk.events) == 2

    async def test_a_kill(self, desk: Desk) -> None:
        headers = {"authorization": "Bearer d.s", "idempotency-key": "k"}
        first = await desk.client.delete("/v1/stories/urn%3Ax", headers=headers)
        assert first.status_code == 202
        assert (await desk.client.delete("/v1/stories/urn%3Ax", headers=headers)).content == first.content
        assert len(desk.events) == 1

    @pytest.mark.parametrize("key", ["", "a b", '"', "ä"])
    async def test_what_is_no_key(self, desk: Desk, key: str) -> None:
        given = {"authorization": b"Bearer d.s", "content-type": b"application/json", "idempotency-key": key.encode()}
        answer = await desk.client.post("/v1/stories", content=json.dumps(story()), headers=given)  # type: ignore[arg-type]
        assert answer.status_code == 400


def signed(body: bytes, secret: str = SECRET, *, at: float | None = None, message_id: str = "msg_1") -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook_id": message_id,
        "webhook_timestamp": stamp,
        "webhook_signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def superdesk(body: bytes) -> dict[str, str]:
    return {"x_superdesk_signature": f"sha1={hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()}"}


BODY = json.dumps(story()).encode()


class TestSigned:
    async def test_a_signed_push(self, desk: Desk) -> None:
        answer = await desk.post("/v1/push/dev", BODY, key=None, **signed(BODY))
        assert answer.status_code == 202
        assert desk.events[0].provider == "dev"

    async def test_what_was_signed_is_what_was_sent_not_what_it_unpacks_to(self, desk: Desk) -> None:
        packed = gzip.compress(BODY)
        answer = await desk.post("/v1/push/dev", packed, key=None, content_encoding="gzip", **signed(packed))
        assert answer.status_code == 202

    async def test_a_retry_under_the_same_webhook_id_is_one_event(self, desk: Desk) -> None:
        first = await desk.post("/v1/push/dev", BODY, key=None, **signed(BODY))
        again = await desk.post("/v1/push/dev", BODY, key=None, **signed(BODY, at=time.time() + 60))
        assert again.content == first.content
        assert len(desk.events) == 1

    @pytest.mark.parametrize("off", [-301, 302])
    async def test_a_stale_one(self, desk: Desk, off: int) -> None:
        answer = await desk.post("/v1/push/dev", BODY, key=None, **signed(BODY, at=time.time() + off))
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"]

    async def test_superdesks_where_it_is_enabled(self, desk: Desk) -> None:
        assert (await desk.post("/v1/push/courier", BODY, key=None, **superdesk(BODY))).status_code == 202
        assert (await desk.post("/v1/push/dev", BODY, key=None, **superdesk(BODY))).status_code == 401

    async def test_all_that_is_wrong_is_answered_alike(self, desk: Desk) -> None:
        answers = [
            await desk.post("/v1/push/dev", BODY + b" ", key=None, **signed(BODY)),
            await desk.post("/v1/push/nobody", BODY, key=None, **signed(BODY)),
            await desk.post("/v1/push/dev", BODY, key=None),
            await desk.post("/v1/push/dev", BODY, key="d.s"),
            await desk.post("/v1/push/dev", b"{not json", key=None),
        ]
        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.content for answer in answers}) == 1
        assert not desk.events

    async def test_a_signer_has_its_own_uris_only(self, desk: Desk) -> None:
        other = json.dumps(story() | {"uri": "https://other.example/1"}).encode()
        assert (await desk.post("/v1/push/courier", other, key=None, **superdesk(other))).status_code == 403


class TestRates:
    async def test_over_the_rate(self, desk: Desk) -> None:
        answers = [await desk.push(story(number), key="c.s") for number in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
        assert answers[0].headers["ratelimit-policy"] == '"default";q=3;w=60'
        assert answers[0].headers["ratelimit"].startswith('"default";r=2;t=')
        assert int(answers[3].headers["retry-after"]) == 20
        assert answers[3].headers["content-type"] == "application/problem+json"

    async def test_a_batch_counts_by_its_stories_and_is_refused_whole(self, desk: Desk) -> None:
        assert (await desk.push(story(0), key="c.s")).status_code == 202
        answer = await desk.post("/v1/stories/batch", [story(number) for number in range(1, 4)], key="c.s")
        assert answer.status_code == 429
        assert len(desk.events) == 1

    async def test_no_rate(self, desk: Desk) -> None:
        answer = await desk.push(story(), key="d.s")
        assert "ratelimit" not in answer.headers


class TestScopes:
    async def test_a_key_that_may_not_kill(self, desk: Desk) -> None:
        kill = {"uri": "urn:x", "pubStatus": "canceled"}
        assert (await desk.push(kill, key="pusher.s")).status_code == 403
        headers = {"authorization": "Bearer pusher.s"}
        assert (await desk.client.delete("/v1/stories/urn%3Ax", headers=headers)).status_code == 403
        assert (await desk.push(story(), key="pusher.s")).status_code == 202
        assert (await desk.push(kill, key="d.s")).status_code == 202


def test_the_ids_of_a_requests_events_follow_from_the_first() -> None:
    first = str(uuid.UUID("019e8c5e-7a10-7abc-8def-0123456789ab"))
    made = [event_id(first, number) for number in range(500)]
    assert made[0] == first
    assert made == [event_id(first, number) for number in range(500)]
    assert len(set(made)) == 500
    assert {(uuid.UUID(one).version, uuid.UUID(one).variant, one[:13]) for one in made} == {
        (7, uuid.RFC_4122, first[:13])
    }
