from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest
from aiokafka import TopicPartition
from faust.exceptions import ConsumerNotStarted
from faust.types import TP

from newswire.admin import ensure_topics
from newswire.article import Article
from newswire.errors import FailedError
from newswire.events import ArticleEvent, encode
from newswire.producer import open_producer
from newswire.topics import RAW, key
from services.enrich.consumer import Consumer

if TYPE_CHECKING:
    from pathlib import Path


def consumer(**app: object) -> Consumer:
    return Consumer(cast("Any", SimpleNamespace(**app)), cast("Any", SimpleNamespace(idle_seconds=lambda: 7.0)))


def test_what_it_has_crashed_of() -> None:
    seen = RuntimeError("seen")
    assert consumer(crashed=False, crash_reason=None).crash() is None
    assert consumer(crashed=True, crash_reason=seen).crash() is seen
    for reason in (None, KeyboardInterrupt()):
        assert isinstance(consumer(crashed=True, crash_reason=reason).crash(), FailedError)


def test_its_partitions_and_none_while_it_is_made() -> None:
    def not_yet() -> set[TP]:
        raise ConsumerNotStarted

    made = SimpleNamespace(assignment=lambda: {TP("articles.raw", 1)})
    assert consumer(consumer=made).partitions() == {TopicPartition("articles.raw", 1)}
    assert consumer(consumer=SimpleNamespace(assignment=not_yet)).partitions() == set()
    assert consumer().idle_seconds() == 7


EVENT = ArticleEvent(id="id-1", provider="acme", accepted="2026-01-01T00:00:00Z", article=Article(uri="urn:a"))
CRASHING = """
import asyncio
from newswire.telemetry.logs import configure_logs
from services.enrich import app, consumer, worker
from services.enrich.settings import EnrichSettings

def crashing(settings):
    made = consumer.make_app(settings)

    async def crash():
        while not consumer.Consumer(made, None).partitions():
            await asyncio.sleep(0.05)
        {crash}

    made.crashing = asyncio.get_running_loop().create_task(crash())
    return made

worker.make_app = crashing
{before}
configure_logs("enrich")
asyncio.run(app.run_enrich(EnrichSettings()))
"""
CRASH = 'await made.consumer.crash(RuntimeError("as in a failed commit"))'
# The pipeline never returns; Faust has handed everything to the agent long before.
HANGING = """
import threading
from services.enrich import watch
watch.PATIENCE_SECONDS = 2
app.load_pipeline = lambda: type("Pipeline", (), {"enrich": lambda *_, **__: threading.Event().wait()})
"""


@pytest.fixture
async def bootstrap(kafka_bootstrap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Kafka with an event to work on, and a worker's settings for it in the environment."""
    monkeypatch.setenv("NEWSWIRE_KAFKA", kafka_bootstrap)
    monkeypatch.setenv("NEWSWIRE_ENRICH_PORT", "0")
    monkeypatch.setenv("NEWSWIRE_ENRICH_METRICS_PORT", "0")
    monkeypatch.setenv("NEWSWIRE_DATA", str(tmp_path))
    await ensure_topics(kafka_bootstrap, timeout_seconds=30)
    async with open_producer(kafka_bootstrap) as producer:
        await producer.send_and_wait(RAW, encode(EVENT), key=key("urn:a"))
    return kafka_bootstrap


@pytest.mark.servers
@pytest.mark.parametrize(
    ("crash", "before", "error_type"),
    [(CRASH, "", "RuntimeError"), ("", HANGING, "FailedError")],
    ids=["Faust crashes", "the pipeline hangs"],
)
async def test_a_real_one_that_does_nothing_any_more_ends_the_process(
    bootstrap: str, crash: str, before: str, error_type: str
) -> None:
    assert bootstrap
    script = CRASHING.replace("{crash}", crash).replace("{before}", before)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stderr=asyncio.subprocess.PIPE)
    try:
        _, told = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 70
    last = orjson.loads(told.splitlines()[-1])
    assert (last["event"], last["level"], last["error_type"]) == ("fatal", "critical", error_type)
