from __future__ import annotations

import orjson

from newswire.article import Article
from newswire.events import EnrichedEvent, Enrichment, RawRef
from newswire.lifecycle import Story
from services.feed.card import card, timestamp


def test_a_card_holds_its_associations_bodies_and_not_its_own() -> None:
    text = [{"value": "Words."}]
    box = {"uri": "p", "name": "box", "bodies": text, "edNote": "Crop it."}
    story = {"uri": "u", "bodies": text, "edNote": "Call the desk.", "associations": [box]}
    article = Article.model_validate_json(orjson.dumps(story))
    event = EnrichedEvent(
        id="e",
        provider="agency",
        accepted="2025-01-01T00:00:00Z",
        article=article,
        raw=RawRef(partition=0, offset=0),
        enrichment=Enrichment(),
    )
    item, bodies = card(event, Story("agency", first=0, published_ms=5, updated_ms=6), 7)
    shown = orjson.loads(item)
    assert orjson.loads(bodies) == text
    assert "bodies" not in shown
    assert shown["associations"] == [{"uri": "p", "name": "box", "bodies": text}]
    assert "edNote" not in shown
    assert (shown["change"], shown["published"], shown["updated"]) == (7, timestamp(5), timestamp(6))
