"""What README shows is what is committed as an example."""

from __future__ import annotations

import json
import re
from typing import Any

from newswire.lifecycle import Position
from services.feed.item import item
from services.feed.projection import Projection, parse
from services.feed.store.reader import Card
from tests.contract.committed import ENRICHED, RAW, ROOT, example, load

README = (ROOT / "README.md").read_text("utf-8")
FEED = "http://127.0.0.1:8080"
# When the broker had it: README's `published` and `change`.
LOGGED = Position(7, 1_795_545_025_394)


def shown(begin: str, end: str) -> Any:
    """The JSON between two texts; where a line is wrapped within a string, a blank stands for it."""
    found = re.search(f"{re.escape(begin)}(.*?){re.escape(end)}", README, re.DOTALL)
    assert found, begin
    return json.loads(re.sub(r"\n\s*", " ", found[1]))


def test_the_push_is_an_example() -> None:
    pushed = example(RAW, "article").value
    body = shown("-H 'Content-Type: application/json' -d '", "'\n")
    assert body == pushed["article"]
    answer = shown("content-type: application/json\n", "```")
    assert answer == {"id": pushed["id"], "uri": body["uri"], "version": body["version"], "duplicate": False}
    assert f"/v1/receipts/{pushed['id']}" in README


def test_openapi_shows_the_same_push() -> None:
    content = load("openapi/ingest.json")["paths"]["/v1/stories"]["post"]["requestBody"]["content"]
    shown_there = [one["example"] for media_type, one in content.items() if media_type.endswith("json")]
    assert shown_there
    assert all(one == example(RAW, "article").value["article"] for one in shown_there)


def test_the_feed_is_what_becomes_of_it() -> None:
    record = json.dumps(example(ENRICHED, "article").value).encode()
    write, _ = Projection(newest_ms=0).take(parse(record, LOGGED), record, LOGGED.log_ms)
    expected = json.loads(item(Card(write.uri, write.card), FEED, bodies=False))
    feed = shown(f"$ curl -s '{FEED}/v1/feed?limit=1'\n", "```")
    assert feed["items"] == [expected]
    assert feed["change"] == expected["change"]
