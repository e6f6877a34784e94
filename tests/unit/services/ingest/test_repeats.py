import json
from typing import Any

from newswire.article import Article
from newswire.events import ArticleEvent
from services.ingest.memory import NoMemory
from services.ingest.repeats import find_repeats, remember
from tests.support.memory import DictMemory


def event(event_id: str, provider: str = "courier", **article: Any) -> ArticleEvent:
    given = {"uri": "urn:a", "headlines": [{"value": "A"}], **article}
    return ArticleEvent(
        id=event_id,
        provider=provider,
        accepted="2026-11-25T10:00:00Z",
        article=Article.model_validate_json(json.dumps(given)),
    )


async def told(memory: DictMemory, one: ArticleEvent) -> str | None:
    [found] = await find_repeats(memory, [one])
    if found is None:
        remember(memory, [one])
    return found


async def test_the_same_article_again_repeats_the_first() -> None:
    memory = DictMemory()
    assert await told(memory, event("1", version="1")) is None
    assert await told(memory, event("2", version="1")) == "1"
    assert await told(memory, event("3", version="1.0")) is None  # another text, though the same version
    assert await told(memory, event("4", provider="gazette", version="1")) is None


async def test_what_came_between_counts() -> None:
    memory = DictMemory()
    assert await told(memory, event("1")) is None
    assert await told(memory, event("2", slugline="other")) is None
    assert await told(memory, event("3")) is None


async def test_an_older_version_again_is_a_repeat_whatever_came_after_it() -> None:
    memory = DictMemory()
    assert await told(memory, event("1", version="1")) is None
    assert await told(memory, event("2", version="2")) is None
    assert await told(memory, event("3", version="1")) == "1"


async def test_the_same_version_in_another_form_comes_between_too() -> None:
    memory = DictMemory()
    assert await told(memory, event("1", version="1")) is None
    assert await told(memory, event("2", version="1.0", slugline="other")) is None
    assert await told(memory, event("3", version="1")) is None


async def test_a_kill_again_is_a_repeat() -> None:
    memory = DictMemory()
    assert await told(memory, event("1", pubStatus="canceled")) is None
    assert await told(memory, event("2", pubStatus="canceled")) == "1"


async def test_nothing_is_known_without_a_memory() -> None:
    memory = NoMemory()
    remember(memory, [event("1")])
    assert await find_repeats(memory, [event("2")]) == [None]
