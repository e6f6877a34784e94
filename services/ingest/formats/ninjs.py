"""ninjs 3.x, read strictly: every property that the schema does not know is a violation, and each is named."""

from __future__ import annotations

from typing import Any, Final

import orjson
from pydantic import ValidationError

from newswire.article import Article
from newswire.errors import TooLargeError, Violation, ViolationError
from services.ingest import characters, strictjson
from services.ingest.violations import violation_error

# What the feed adds to an item: dropped, so that an item can be pushed back.
OUTPUT_FIELDS: Final = frozenset({"provider", "published", "updated", "change", "url", "enrichment"})
# Each value may be a violation, and each violation costs a kilobyte until they are counted.
MAX_VALUES: Final = 20_000
# Free JSON: what is in there is the source's own, nulls and all.
_FREE: Final = frozenset({"extra", "geoJSON"})


def parse(text: bytes) -> Article:
    """A story in ninjs 3.x. Raises MalformedError, TooLargeError and ViolationError."""
    value = strictjson.load(text)
    if not isinstance(value, dict):
        msg = "a story is a JSON object"
        raise ViolationError(msg, (Violation("", msg),))
    if text.count(b",") > MAX_VALUES and _values(value) > MAX_VALUES:
        msg = f"more than {MAX_VALUES} values, extra aside"
        raise TooLargeError(msg)
    altered = False
    if not OUTPUT_FIELDS.isdisjoint(value):
        value = {key: item for key, item in value.items() if key not in OUTPUT_FIELDS}
        altered = True
    if characters.may_hold_controls(text):
        value = characters.without_controls(value)
        altered = True
    return _validate(orjson.dumps(value) if altered else text.removeprefix(strictjson.BOM), value)


def _validate(text: bytes, value: dict[str, Any]) -> Article:
    try:
        return _article(text)
    except ValidationError:
        # `null` is absent also where the model knows no such property, or requires one: rare, so looked at only now.
        value = _without_nulls(value)
    try:
        return _article(orjson.dumps(value))
    except ValidationError as error:
        raise violation_error(error, value) from error


def _article(text: bytes) -> Article:
    # Out of JSON, not out of the parsed value: pydantic's strict mode takes a list for a tuple only from JSON.
    return Article.model_validate_json(text, extra="forbid", by_alias=True, by_name=False)


def _values(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum([_values(item) for key, item in value.items() if key not in _FREE])
    return 1 + sum(map(_values, value)) if isinstance(value, list) else 1


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - JSON is any value
    if isinstance(value, dict):
        return {key: item if key in _FREE else _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
