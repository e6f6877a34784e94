"""Stories in JSON: ninjs 3.x, read strictly, and the way to the older dialects.

In 3.x every property that the schema does not know is a violation, and each is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import ValidationError

from newswire.article import Article
from newswire.errors import TooLargeError, Violation, ViolationError
from services.ingest import characters, strictjson
from services.ingest.formats import additions, ninjs1, ninjs2, superdesk
from services.ingest.formats.canonical import article
from services.ingest.formats.dialect import Dialect, dialect_of, stated
from services.ingest.formats.translation import translate
from services.ingest.violations import MAX_NAMED, violation_error

if TYPE_CHECKING:
    from services.ingest.formats.translation import Members

# What the feed adds to an item: dropped, so that an item can be pushed back.
OUTPUT_FIELDS: Final = frozenset({"provider", "published", "updated", "change", "url", "enrichment"})
# Each value may be a violation, and each violation costs a kilobyte until they are counted.
MAX_VALUES: Final = 20_000
# Free JSON: what is in there is the source's own, nulls and all.
_FREE: Final = frozenset({"extra", "geoJSON", "geojson", "geometry_geojson"})
_PROPERTIES: Final = frozenset({field.alias or name for name, field in Article.model_fields.items()})
_OLDER: Final[dict[Dialect, Members]] = {
    Dialect.NINJS_1: ninjs1.members,
    Dialect.NINJS_2: ninjs2.members,
    Dialect.SUPERDESK: superdesk.members,
}


def parse(text: bytes) -> Article:
    """A story in any of the JSON dialects. Raises MalformedError, TooLargeError and ViolationError."""
    return parse_value(strictjson.load(text), text)


def parse_value(value: Any, text: bytes | None = None) -> Article:  # noqa: ANN401 - JSON is any value
    """The same of a value that was parsed already, from `text` or as a part of more."""
    if not isinstance(value, dict):
        msg = "a story is a JSON object"
        raise ViolationError(msg, (Violation("", msg),))
    text = orjson.dumps(value) if text is None else text
    if text.count(b",") > MAX_VALUES and _values(value) > MAX_VALUES:
        msg = f"more than {MAX_VALUES} values, extra aside"
        raise TooLargeError(msg)
    controls = characters.may_hold_controls(text)
    plain = not controls and value.keys() <= _PROPERTIES and ("standard" not in value or _is_3(value))
    if plain and (found := _attempt(text.removeprefix(strictjson.BOM))):
        return found
    # An older dialect, an item pushed back, nulls, faults: rare, so looked at only now.
    dialect = dialect_of(value)
    if dialect is not Dialect.NINJS_3:
        return translate(value, _OLDER[dialect], controls=controls)
    value = {key: item for key, item in value.items() if key not in OUTPUT_FIELDS}
    if controls:
        value = characters.without_controls(value)
    # `null` is absent also where the model knows no such property, or requires one.
    return (None if plain else _attempt(orjson.dumps(value))) or _read_again(_without_nulls(value))


def _is_3(story: dict[str, Any]) -> bool:
    return stated(story) in (None, Dialect.NINJS_3)


def _attempt(text: bytes) -> Article | None:
    try:
        return article(text)
    except ValidationError:
        return None


def _read_again(value: dict[str, Any]) -> Article:
    plain, added = additions.split(value) if additions.may_have_additions(value) else (value, {})
    wrong = [Violation(f"{place}{one.pointer}", one.detail) for place, one in additions.faults(added)]
    try:
        found = article(orjson.dumps(additions.join(plain, added) if added and not wrong else plain))
    except ValidationError as error:
        fault = violation_error(error, plain)
        if not wrong:
            raise fault from error
        wrong = [*fault.violations, *wrong]
    if wrong:
        msg = f"{len(wrong)} violations" if len(wrong) > 1 else "1 violation"
        raise ViolationError(msg, tuple(wrong[:MAX_NAMED]))
    return found


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
