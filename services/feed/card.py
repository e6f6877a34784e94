"""What readers get of a version: the item, as JSON, without what each answer adds (`bodies`, `url`). Pure.

Only the item's own bodies come by request. Those of its associations are part of the card, in lists too: an association
is a story in the story, and a list without its bodies would hold another one than the story's address.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from newswire.events import EnrichedEvent
    from newswire.lifecycle import Story

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# For editors, not for readers: also in associations and planned coverage, and in other spellings under `extra`.
_HIDDEN: Final = frozenset({"ednote", "ed_note"})


def timestamp(instant_ms: int) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    moment = _EPOCH + timedelta(milliseconds=instant_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant_ms % 1000:03d}Z"


def card(event: EnrichedEvent, story: Story, change: int) -> tuple[bytes, bytes]:
    """The item of an event that is visible since the change of that number, and its bodies."""
    item = _without_hidden(event.article.dump())
    bodies = item.pop("bodies", None)
    enrichment = event.enrichment.model_dump(mode="json", exclude_none=True, exclude={"errors"})
    item |= {
        "provider": event.provider,
        "published": timestamp(story.published_ms),
        "updated": timestamp(story.updated_ms),
        "change": change,
        "enrichment": enrichment,
    }
    return orjson.dumps(item), b"" if bodies is None else orjson.dumps(bodies)


def _without_hidden(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {key: _without_hidden(inner) for key, inner in value.items() if key.lower() not in _HIDDEN}
    if isinstance(value, list):
        return [_without_hidden(inner) for inner in value]
    return value
