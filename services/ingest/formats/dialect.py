"""Which JSON dialect a story is written in.

1. What the story states: `standard` (in 1.x `$standard`), its `version` or else its `schema`, or a `$schema` beside
   it, where the version begins with 1, 2 or 3 and the name, if there is one, holds "ninjs". What states 1.x and has
   a mark of Superdesk's is Superdesk's.
2. Else its key style, the first that fits:
   - a camelCase name of ninjs 3 (`pubStatus`, `versionCreated`, ...) at the top: 3.x;
   - a mark of Superdesk's: `guid`, `evolvedfrom`, `service`, `products`, `readtime`, `firstpublished`, or an author
     with `avatar_url` or with an object for a `jobtitle`: Superdesk's;
   - a name that only 1.x has (`headline`, `body_...`, `byline`, `person`, ...), or renditions, associations or altids
     by name in an object instead of an array: 1.x;
   - a lower-case name that 3.x writes in camelCase (`pubstatus`, also further down, `contenttype`), or `embargoed`:
     2.x beside one of its arrays (`headlines`, `bodies`, ...) or `by`, else 1.x, which says the same in both.
3. Else 3.x: a bare `{"uri": ...}`, and what names nothing decisive, so that its faults are named.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, Final

from newswire.article import Address, Article, Body, ContactInfo, Person, Place, Rendition, Symbol

JsonObject = dict[str, Any]


class Dialect(Enum):
    """The JSON formats."""

    NINJS_1 = "ninjs 1.x"
    NINJS_2 = "ninjs 2.x"
    NINJS_3 = "ninjs 3.x"
    SUPERDESK = "Superdesk"


def _camel_case(*models: type) -> frozenset[str]:
    aliases = [field.alias or name for model in models for name, field in model.model_fields.items()]  # type: ignore[attr-defined]
    return frozenset(alias for alias in aliases if alias != alias.lower())


_CAMEL: Final = _camel_case(Article) | {"contentDigitised"}
_LOWERED: Final = frozenset(map(str.lower, _CAMEL)) | {"embargoed"}
_INNER: Final = frozenset(map(str.lower, _camel_case(Address, Body, ContactInfo, Person, Place, Rendition, Symbol)))
_SUPERDESK: Final = frozenset({"guid", "evolvedfrom", "service", "products", "readtime", "firstpublished"})
_NAMES_1: Final = (
    "headline byline person organisation place subject event object infosource genre trustindicator charcount "
    "wordcount mimetype"
)
_ONLY_1: Final = frozenset(_NAMES_1.split())
_TEXTS_1: Final = ("headline_", "body_", "description_")
_BY_NAME_1: Final = ("renditions", "associations", "altids")
_NAMES_2: Final = (
    "headlines bodies descriptions people organisations places subjects events objects genres infosources "
    "trustindicators by renditions"
)
_NOT_1: Final = frozenset(_NAMES_2.split())
_VERSION = re.compile(r"\s*v?([123])(?:\.\d+)*\s*", re.ASCII)
_SCHEMA = re.compile(r"ninjs-schema[_-](?:dev_)?([123])(?:[._]|\b)", re.ASCII)
_STATED: Final = {"1": Dialect.NINJS_1, "2": Dialect.NINJS_2, "3": Dialect.NINJS_3}


def dialect_of(story: JsonObject) -> Dialect:
    """The dialect of a story, by the rule above."""
    said = stated(story)
    if said is Dialect.NINJS_1 and _is_superdesk(story):
        return Dialect.SUPERDESK
    return said or _styled(story)


def stated(story: JsonObject) -> Dialect | None:
    """What a story says of itself; None when it says nothing that can be read."""
    for name in ("standard", "$standard"):
        standard = story.get(name)
        if isinstance(standard, dict) and (major := _major(standard)):
            return _STATED[major]
    schema = story.get("$schema")
    found = _SCHEMA.search(schema) if isinstance(schema, str) else None
    return _STATED[found[1]] if found else None


def _major(standard: JsonObject) -> str | None:
    name, version, schema = standard.get("name"), standard.get("version"), standard.get("schema")
    if isinstance(name, str) and "ninjs" not in name.lower():
        return None
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if found is None and isinstance(schema, str):
        found = _SCHEMA.search(schema)
    return found[1] if found else None


def _styled(story: JsonObject) -> Dialect:
    names = story.keys()
    if names & _CAMEL:
        return Dialect.NINJS_3
    if _is_superdesk(story):
        return Dialect.SUPERDESK
    if names & _ONLY_1 or any(isinstance(story.get(name), dict) for name in _BY_NAME_1) or _has_texts_1(story):
        return Dialect.NINJS_1
    if names & _LOWERED or _is_lowered_inside(story):
        return Dialect.NINJS_2 if names & _NOT_1 else Dialect.NINJS_1
    return Dialect.NINJS_3


def _is_superdesk(story: JsonObject) -> bool:
    return not _SUPERDESK.isdisjoint(story) or any(
        "avatar_url" in author or isinstance(author.get("jobtitle"), dict) for author in _objects(story.get("authors"))
    )


def _has_texts_1(story: JsonObject) -> bool:
    return any(name.startswith(_TEXTS_1) for name in story)


def _is_lowered_inside(story: JsonObject) -> bool:
    return any(not _INNER.isdisjoint(item) for value in story.values() for item in _objects(value))


def _objects(value: object) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
