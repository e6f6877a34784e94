"""An older JSON dialect -> the canonical article: names and shapes, what is left, and where faults are.

How an object of a dialect is taken apart is told by the dialect's `members`; all the rest is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

import orjson
from pydantic import ValidationError

from newswire.article import Article
from newswire.errors import ViolationError
from newswire.model import Model
from services.ingest import characters
from services.ingest.formats.canonical import article
from services.ingest.formats.leftovers import Leftovers
from services.ingest.formats.origins import Origins
from services.ingest.violations import MAX_NAMED, violation_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from newswire.errors import Violation

    Path = tuple[str, ...]
    Members = Callable[[type[Model], dict[str, Any]], Iterable["Member"]]

# What decides whether readers see a story is not said twice.
_DECISIVE: Final = frozenset({"pubStatus", "embargoedUntil", "expires"})
# "number" in ninjs 1 and 2, "integer" in 3.
_WHOLE: Final = frozenset({"width", "height", "sizeInBytes", "charCount", "wordCount"})
_MOST: Final = 2**63
NOWHERE: Final = ""


class Member(NamedTuple):
    """A property under ninjs 3's name, in its case or in lower case, and its path in the object that it came from."""

    name: str
    value: Any
    path: Path


@dataclass(frozen=True, slots=True)
class Gathered:
    """An array that the source does not have: its items, each with its path in the object that holds it."""

    items: tuple[tuple[Path, Any], ...]


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    model: type[Model] | None

    def takes(self, value: object) -> bool:
        if self.name in _WHOLE and isinstance(value, float):
            return is_whole(value)
        return self.name != "geoJSON" or isinstance(value, dict)


def is_whole(number: float) -> bool:
    """Whether a number is a whole one that ninjs 3 has room for."""
    return float(number).is_integer() and abs(number) < _MOST


def renamed(value: dict[str, Any], names: Mapping[str, str]) -> Iterator[Member]:
    """The members of an object, those under another name than ours after the others."""
    for name in sorted(value, key=names.__contains__):
        yield Member(names.get(name, name), value[name], (name,))


def translate(story: dict[str, Any], members: Members, *, controls: bool) -> Article:
    """The article; `controls` says whether characters are to be taken out. Raises ViolationError, TooLargeError."""
    return _Translation(story, members).article(controls=controls)


class _Translation:
    """One story on its way."""

    def __init__(self, story: dict[str, Any], members: Members) -> None:
        self._story = story
        self._members = members
        self._origins = Origins(story)
        self._left = Leftovers()
        self._twice: list[Violation] = []

    def article(self, *, controls: bool) -> Article:
        value = self._object(Article, self._story, (), ())
        given = value.pop("extra", None)
        if given is not None and not isinstance(given, dict):
            self._left.keep(("extra",), given)
        extra = self._left.beside(given if isinstance(given, dict) else {})
        if extra or given == {}:
            value["extra"] = extra
        if controls:
            value = characters.without_controls(value)
        return self._validate(value)

    def _object(self, model: type[Model], value: dict[str, Any], source: Path, target: Path) -> dict[str, Any]:
        fields = _fields(model)
        found: dict[str, Any] = {}
        for member in self._members(model, value):
            if member.value is None:
                continue
            field = fields.get(member.name)
            if field is None or field.name in found or not field.takes(member.value):
                self._spare(member, source, field, found)
            else:
                found[field.name] = self._value(field, member, source, (*target, field.name))
        return found

    def _value(self, field: _Field, member: Member, source: Path, target: Path) -> Any:  # noqa: ANN401 - JSON
        value, path = member.value, (*source, *member.path)
        self._origins.record(target, path)
        if isinstance(value, Gathered):
            items = [(*source, *inner) for inner, _ in value.items]
            return self._items(field, [item for _, item in value.items], items, target)
        if field.model and isinstance(value, list):
            return self._items(field, value, [(*path, str(index)) for index in range(len(value))], target)
        if field.model and isinstance(value, dict):
            return self._object(field.model, value, path, target)
        return int(value) if field.name in _WHOLE and isinstance(value, float) else value

    def _items(self, field: _Field, values: list[Any], sources: list[Path], target: Path) -> list[Any]:
        found = []
        for index, (value, source) in enumerate(zip(values, sources, strict=True)):
            place = (*target, str(index))
            self._origins.record(place, source)
            item = field.model and isinstance(value, dict)
            found.append(self._object(field.model, value, source, place) if field.model and item else value)
        return found

    def _spare(self, member: Member, source: Path, field: _Field | None, found: dict[str, Any]) -> None:
        """What finds no place, or finds it taken; the same again is nothing new."""
        if isinstance(member.value, Gathered):
            for path, item in member.value.items:
                self._left.keep((*source, *path), item)
            return
        path = (*source, *member.path)
        if field and field.name in found:
            if found[field.name] == member.value:
                return
            if field.name in _DECISIVE:
                self._twice.append(self._origins.named(path, "said twice, differently"))
        self._left.keep(path, member.value)

    def _validate(self, value: dict[str, Any]) -> Article:
        try:
            found = article(orjson.dumps(value))
        except ValidationError as error:
            fault = violation_error(error, value)
            named = dict.fromkeys([*map(self._origins.placed, fault.violations), *self._twice])
            raise ViolationError(str(fault), tuple(named)[:MAX_NAMED]) from error
        if self._twice:
            msg = f"{len(self._twice)} violations" if len(self._twice) > 1 else "1 violation"
            raise ViolationError(msg, tuple(self._twice[:MAX_NAMED]))
        return found


@cache
def _fields(model: type[Model]) -> dict[str, _Field]:
    """The fields of a model, by their names and those in lower case."""
    found = {}
    for name, info in model.model_fields.items():
        field = _Field(info.alias or name, _inner(info.annotation))
        found[field.name] = found[field.name.lower()] = field
    return found


def _inner(annotation: object) -> type[Model] | None:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    return next((model for part in get_args(annotation) if (model := _inner(part))), None)
