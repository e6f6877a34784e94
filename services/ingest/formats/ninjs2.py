"""ninjs 2.x: the names of 3.x in lower case, with some of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from newswire.article import Dates, NewsObject, Place, Symbol
from services.ingest.formats.held import held
from services.ingest.formats.translation import NOWHERE, Member, renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from newswire.model import Model

# `standard` says what the source was, which the article is not any more.
_NEWS: Final = {"embargoed": "embargoedUntil", "standard": NOWHERE}
_NAMES: Final[dict[type[Model], dict[str, str]]] = {
    Place: {"geometry_geojson": "geoJSON"},
    Symbol: {"ticker": "symbol"},
}
# As some write them, and ninjs 3 calls them expected.
_DAY = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?", re.ASCII)
_DAYS: Final = {"startdate": "expectedStartDate", "enddate": "expectedEndDate"}


def members(model: type[Model], value: dict[str, Any]) -> Iterable[Member]:
    """The members of an object that is to become one of `model`."""
    if model is Dates:
        return [_date(member) for member in renamed(value, {})]
    if issubclass(model, NewsObject):
        return _news(value)
    return renamed(value, _NAMES.get(model, {}))


def _news(value: dict[str, Any]) -> Iterator[Member]:
    for member in renamed(value, _NEWS):
        yield from held(member, value.get("uri")) if member.name == "associations" else [member]


def _date(member: Member) -> Member:
    name = _DAYS.get(member.name.lower())
    if name and isinstance(member.value, str) and _DAY.fullmatch(member.value):
        return Member(name, member.value, member.path)
    return member
