"""What our own size check lets through, the broker takes: a refusal would stop a service for good."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

import pytest

from newswire.admin import ensure_topics
from newswire.article import Article, Body, Text
from newswire.events import ArticleEvent, encode
from newswire.producer import open_producer, publish
from newswire.topics import DEAD_LETTERS, ENRICHED, MAX_BYTES, RAW, Headers, key, record_bytes
from tests.integration.test_enrich import following, worker

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.servers

HEADERS: Headers = [("ce_id", b"1"), ("ce_subject", "ä".encode())]


def filler(topic: str, uri: str) -> bytes:
    """A value with which a record is as large as its topic allows."""
    return b"x" * (MAX_BYTES[topic] - record_bytes(key(uri), b"", HEADERS))


@pytest.mark.parametrize("topic", [RAW, ENRICHED, DEAD_LETTERS])
async def test_the_broker_takes_a_record_at_the_limit(kafka_bootstrap: str, topic: str) -> None:
    await ensure_topics(kafka_bootstrap, timeout_seconds=30)
    uri = f"urn:{uuid.uuid4()}"
    async with open_producer(kafka_bootstrap) as producer:
        await publish(producer, topic, 30, key=key(uri), value=filler(topic, uri), headers=HEADERS)


async def test_the_largest_story_and_the_largest_garbage_get_through_the_worker(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    await ensure_topics(kafka_bootstrap, timeout_seconds=30)
    uri = f"urn:{uuid.uuid4()}"
    async with (
        open_producer(kafka_bootstrap) as producer,
        following(kafka_bootstrap, ENRICHED) as enriched,
        following(kafka_bootstrap, DEAD_LETTERS) as letters,
        worker(kafka_bootstrap, tmp_path),
    ):
        garbage = filler(RAW, uri)
        await publish(producer, RAW, 30, key=key(uri), value=garbage, headers=HEADERS)
        await publish(producer, RAW, 30, key=key(uri), value=largest_story(uri), headers=HEADERS)
        async with asyncio.timeout(60):
            while (letter := await letters.getone()).key != key(uri):
                continue
            while (event := await enriched.getone()).key != key(uri):
                continue
    assert letter.value == garbage
    assert len(event.value) > len(largest_story(uri))


def largest_story(uri: str) -> bytes:
    """An accepted event at the limit of articles.raw, whose every sign was escaped on the way in."""

    def event(text: str) -> bytes:
        body = Body(content_type="text/html", value=text)
        article = Article(uri=uri, headlines=(Text(value="Large"),), bodies=(body,))
        return encode(ArticleEvent(id="1", provider="acme", accepted="2026-01-01T00:00:00Z", article=article))

    room = MAX_BYTES[RAW] - record_bytes(key(uri), event(""), HEADERS)
    return event("&gt;" * (room // 4))
