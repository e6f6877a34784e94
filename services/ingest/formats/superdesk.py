"""Superdesk's dialect: ninjs 1.x with `guid` for `uri`, and with authors, services, products and more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from newswire.article import Author, Concept, Named, NewsObject
from services.ingest.formats import ninjs1
from services.ingest.formats.translation import NOWHERE, Gathered, Member, renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from newswire.model import Model

    JsonObject = dict[str, Any]

_STATUSES: Final = {"cancelled": "canceled"}
_PLANNED: Final = ("event", "planning")
_JOB: Final = {"name": "jobtitle"}


def members(model: type[Model], value: JsonObject) -> Iterable[Member]:
    """The members of an object that is to become one of `model`."""
    if issubclass(model, NewsObject):
        return _news(value)
    if model is Author:
        return _author(value)
    # Events and plans have Superdesk's own concepts, with `qcode`.
    if issubclass(model, Concept | Named) and "code" not in value:
        return ninjs1.coded(model, value, "qcode")
    return ninjs1.members(model, value)


def _news(value: JsonObject) -> Iterator[Member]:
    own = list(_own(value))
    yield from own
    taken = {member.path[0] for member in own}
    rest = {key: item for key, item in value.items() if key not in taken}
    yield from ninjs1.news(rest, value.get("uri") if value.get("guid") is None else value["guid"])


def _own(value: JsonObject) -> Iterator[Member]:
    if value.get("guid") is not None:
        yield Member("uri", value["guid"], ("guid",))
        if isinstance(value.get("uri"), str) and value["uri"] != value["guid"] and value.get("altids") is None:
            yield Member("altIds", Gathered(((("uri",), {"role": "uri", "value": value["uri"]}),)), ("uri",))
    if isinstance(value.get("source"), str) and value.get("infosource") is None:
        yield Member("infoSources", Gathered(((("source",), {"name": value["source"]}),)), ("source",))
    if isinstance(status := value.get("pubstatus"), str):
        yield Member("pubStatus", _STATUSES.get(status, status), ("pubstatus",))
    if value.get("version") is None and type(value.get("_current_version")) is int:
        yield Member("version", str(value["_current_version"]), ("_current_version",))
    if value.get("type") in _PLANNED and value.get("title") is None and isinstance(value.get("name"), str):
        yield Member("title", value["name"], ("name",))


def _author(value: JsonObject) -> Iterator[Member]:
    for member in renamed(value, {"avatar_url": "avatarUrl"}):
        if member.name == "jobtitle" and isinstance(member.value, dict):
            yield from [Member(_JOB.get(key, NOWHERE), item, ("jobtitle", key)) for key, item in member.value.items()]
        else:
            yield member
