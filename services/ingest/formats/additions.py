"""What ninjs 3.2 and 3.3 add to 3.1, the canonical model: accepted, and kept under `extra`.

So items stay valid against the schema of 3.1. Added are `contentDigitised`, and `resources` and `extensions` of a
rendition. That of the story itself is kept under its name, that of an association or a rendition under the object's
JSON Pointer: `{"contentDigitised": "...", "/renditions/0": {"resources": [...]}}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import ValidationError

from newswire.instants import DateTime
from newswire.model import Model
from services.ingest.violations import pointer, violation_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newswire.errors import Violation

    JsonObject = dict[str, Any]
    Path = tuple[str | int, ...]

_NEWS: Final = ("contentDigitised",)
_RENDITION: Final = ("resources", "extensions")
# These say of themselves that they know nothing of it.
_BEFORE: Final = ("3.0", "3.1")


class _Resource(Model):
    """A component of a rendition: subtitles, a sound track."""

    role: str | None = None
    title: str | None = None
    language: str | None = None
    content_type: str | None = None


class _Additions(Model):
    content_digitised: DateTime | None = None
    resources: tuple[_Resource, ...] | None = None
    extensions: dict[str, str] | None = None


def may_have_additions(story: JsonObject) -> bool:
    """Whether a story of ninjs 3.x may hold them: unless it says that it is of an earlier version."""
    standard = story.get("standard")
    return not isinstance(standard, dict) or standard.get("version") not in _BEFORE


def split(story: JsonObject) -> tuple[JsonObject, dict[Path, JsonObject]]:
    """The story without the additions, and those of each object that has some, by its path."""
    found: dict[Path, JsonObject] = {}
    return _news(story, (), found), found


def faults(found: dict[Path, JsonObject]) -> Iterator[tuple[str, Violation]]:
    """What is wrong with the additions: the pointer of the object that has them, and the violation in it."""
    for path, added in found.items():
        try:
            _Additions.model_validate_json(orjson.dumps(added), extra="forbid", by_alias=True, by_name=False)
        except ValidationError as error:
            for violation in violation_error(error, added).violations:
                yield pointer(path), violation


def join(story: JsonObject, found: dict[Path, JsonObject]) -> JsonObject:
    """The story with the additions under `extra`; what it has there already stays."""
    extra = story.get("extra", {})
    if not isinstance(extra, dict):
        return story
    kept: JsonObject = {}
    for path, added in found.items():
        kept |= {pointer(path): added} if path else added
    return {**story, "extra": {**kept, **extra}}


def _news(value: Any, path: Path, found: dict[Path, JsonObject]) -> Any:  # noqa: ANN401 - JSON is any value
    if not isinstance(value, dict):
        return value
    value = _without(value, _NEWS, path, found)
    _each(value, "renditions", path, found)
    _each(value, "associations", path, found)
    _each(value, "plannedCoverage", path, found)
    return value


def _each(value: JsonObject, name: str, path: Path, found: dict[Path, JsonObject]) -> None:
    items = value.get(name)
    if isinstance(items, list):
        read = {"renditions": _rendition, "associations": _news, "plannedCoverage": _coverage}[name]
        value[name] = [read(item, (*path, name, index), found) for index, item in enumerate(items)]


def _coverage(value: Any, path: Path, found: dict[Path, JsonObject]) -> Any:  # noqa: ANN401 - JSON is any value
    if not isinstance(value, dict):
        return value
    value = dict(value)
    _each(value, "renditions", path, found)
    return value


def _rendition(value: Any, path: Path, found: dict[Path, JsonObject]) -> Any:  # noqa: ANN401 - JSON is any value
    return _without(value, _RENDITION, path, found) if isinstance(value, dict) else value


def _without(value: JsonObject, names: tuple[str, ...], path: Path, found: dict[Path, JsonObject]) -> JsonObject:
    added = {name: value[name] for name in names if name in value}
    if added:
        found[path] = added
    return {name: item for name, item in value.items() if name not in added}
