"""ninjs 1.x: lower-case names in the singular, texts by the names of their properties, and objects for arrays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from newswire.article import Concept, InfoSource, Named, NewsObject, Rendition, TrustIndicator
from services.ingest.formats import ninjs2
from services.ingest.formats.codes import identity
from services.ingest.formats.held import held
from services.ingest.formats.translation import NOWHERE, Gathered, Member, is_whole, renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from newswire.model import Model

    JsonObject = dict[str, Any]
    Items = list[tuple[tuple[str, ...], Any]]

_NEWS: Final = {
    "byline": "by",
    "embargoed": "embargoedUntil",
    "person": "people",
    "organisation": "organisations",
    "place": "places",
    "subject": "subjects",
    "event": "events",
    "object": "objects",
    "infosource": "infoSources",
    "genre": "genres",
    "trustindicator": "trustIndicators",
    "standard": NOWHERE,
}
_REPRESENTATION: Final = {"complete": "full", "incomplete": "partial"}
_TEXT = re.compile(r"(headline|body|description)(?:_(.+))?", re.DOTALL)
_ARRAYS: Final = {"headline": "headlines", "body": "bodies", "description": "descriptions"}
_TYPES: Final = {
    "text": "text/plain",
    "plain": "text/plain",
    "html": "text/html",
    "html5": "text/html",
    "xhtml": "application/xhtml+xml",
}
_COUNTS: Final = ("charcount", "wordcount")


def members(model: type[Model], value: JsonObject) -> Iterable[Member]:
    """The members of an object that is to become one of `model`."""
    if issubclass(model, NewsObject):
        return news(value, value.get("uri"))
    if model is Rendition:
        return renamed(value, {"mimetype": "contentType"})
    if model is TrustIndicator:
        return _indicator(value)
    if issubclass(model, Concept | Named):
        return coded(model, value)
    return ninjs2.members(model, value)


def coded(model: type[Model], value: JsonObject, key: str = "code") -> list[Member]:
    """The members of a concept, whose code is in `key`."""
    found, used = identity(value, key)
    rest = {name: item for name, item in value.items() if name not in used}
    # What 1.x calls an information source's relation is its role.
    others = renamed(rest, {"rel": "role"}) if model is InfoSource else ninjs2.members(model, rest)
    return [*others, *[Member(name, item, (key,)) for name, item in found.items()]]


def _indicator(value: JsonObject) -> list[Member]:
    found, used = identity(value)
    rest = {name: item for name, item in value.items() if name not in used}
    role = found.get("uri") or found.get("literal")
    return [*renamed(rest, {}), *([Member("role", role, ("code",))] if role else [])]


def news(value: JsonObject, uri: object) -> Iterator[Member]:
    """The members of a news object; `uri` is its own, of which associations without one are parts."""
    texts, rest = _texts(value)
    body = _counted(texts["bodies"])
    for name in _COUNTS:
        if body is not None and name not in body and _is_count(rest.get(name)):
            body[name] = rest.pop(name)
    for name, items in texts.items():
        if items:
            yield Member(name, Gathered(tuple(items)), items[0][0])
    for member in renamed(rest, _NEWS):
        yield from _member(member, uri)


def _member(member: Member, uri: object) -> Iterable[Member]:
    name, value = member.name.lower(), member.value
    if name == "altids" and isinstance(value, dict):
        return _alternatives(member)
    if name in {"renditions", "associations"}:
        return held(member, uri)
    if name == "version" and isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    elif name == "representationtype" and isinstance(value, str):
        value = _REPRESENTATION.get(value, value)
    return [Member(member.name, value, member.path)]


def _texts(value: JsonObject) -> tuple[dict[str, Items], JsonObject]:
    """Headlines, bodies and descriptions, each with its place; and all else."""
    found: dict[str, Items] = {name: [] for name in _ARRAYS.values()}
    rest = {}
    for key, item in value.items():
        match = _TEXT.fullmatch(key)
        if key in found and isinstance(item, list):
            found[key] += [
                ((key, str(index)), dict(one) if isinstance(one, dict) else one) for index, one in enumerate(item)
            ]
        elif match and (match[2] or key == "headline"):
            if item is not None:
                found[_ARRAYS[match[1]]].append(((key,), {**_kind(match[2]), "value": item}))
        else:
            rest[key] = item
    return found, rest


def _kind(suffix: str | None) -> JsonObject:
    """`caption_xhtml`: a format, and the purpose before or after it."""
    parts = suffix.split("_") if suffix else []
    formats = [part for part in parts if part.lower() in _TYPES]
    if len(formats) != 1:
        return {"role": suffix} if suffix else {}
    role = "_".join([part for part in parts if part not in formats])
    return {**({"role": role} if role else {}), "contenttype": _TYPES[formats[0].lower()]}


def _is_count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and is_whole(value)


def _counted(bodies: Items) -> JsonObject | None:
    """The body that the counts are of: the first in HTML, else the first."""
    found: list[JsonObject] = [body for _, body in bodies if isinstance(body, dict)]
    in_html = [body for body in found if "html" in str(body.get("contenttype"))]
    return next(iter([*in_html, *found]), None)


def _alternatives(member: Member) -> Iterator[Member]:
    items = [((*member.path, role), value) for role, value in member.value.items()]
    texts = tuple([(path, {"role": path[-1], "value": value}) for path, value in items if isinstance(value, str)])
    if texts:
        yield Member(member.name, Gathered(texts), member.path)
    yield from [Member(NOWHERE, value, path) for path, value in items if not isinstance(value, str)]
