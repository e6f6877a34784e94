"""What a story holds: renditions and associations by name in an object, and associations that nobody has named.

In the canonical model both are arrays, and an association has a name and a uri. One without a uri is a part of the
story that holds it: `<uri of the story>#<name>`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from services.ingest.formats.translation import NOWHERE, Gathered, Member

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def held(member: Member, uri: object) -> Iterable[Member]:
    """The members that renditions or associations become; `uri` is that of the story."""
    inner = uri if member.name.lower() == "associations" else None
    if isinstance(member.value, dict):
        return _by_name(member, inner)
    if isinstance(member.value, list) and inner is not None:
        return [_listed(member, inner)]
    return [member]


def _by_name(member: Member, uri: object) -> Iterator[Member]:
    named = [(name, item) for name, item in member.value.items() if item is not None]
    items = [((*member.path, name), _complete(item, name, uri)) for name, item in named]
    if items:
        yield Member(member.name, Gathered(tuple(items)), member.path)
    for name, item in named:
        if isinstance(item, dict) and item.get("name") not in (None, name):
            yield Member(NOWHERE, item["name"], (*member.path, name, "name"))


def _listed(member: Member, uri: object) -> Member:
    items = []
    for index, item in enumerate(member.value):
        name = item.get("name") if isinstance(item, dict) else None
        name = f"association{index + 1}" if name is None else name
        items.append(((*member.path, str(index)), _complete(item, name, uri)))
    return Member(member.name, Gathered(tuple(items)), member.path)


def _complete(item: Any, name: Any, uri: object) -> Any:  # noqa: ANN401 - JSON is any value
    if not isinstance(item, dict):
        return item
    found = {**item, "name": name}
    if isinstance(uri, str) and isinstance(name, str) and found.get("uri") is None and found.get("guid") is None:
        found["uri"] = f"{uri}{'/' if '#' in uri else '#'}{quote(name, safe='')}"
    return found
