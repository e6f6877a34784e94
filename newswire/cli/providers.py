"""Changes of the providers' file's text: lines go in or out, all others stay as a person wrote them. Pure.

The oldest key of a provider stands first, and so does the oldest secret.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final, Literal

from newswire.cli.tables import checked, inserted, removed, sections
from newswire.errors import SetupError
from services.ingest.providers_file import LIVE, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.ingest.providers_file import KeyEntry, SecretEntry

Kind = Literal["keys", "secrets"]
_HEAD: Final = "# Who may publish. Ingest reads this file again within two seconds of a change.\n"


def with_provider(text: str, name: str, fields: Mapping[str, object]) -> str:
    """With one more provider. Raises SetupError when there is one of that name."""
    if name in read(text):
        msg = f"there is a provider {name} already"
        raise SetupError(msg)
    wanted = tomllib.loads(text)
    wanted.setdefault("providers", {})[name] = dict(fields)
    lines = (text or _HEAD).splitlines(keepends=True)
    return checked(inserted(lines, len(lines), {"providers": {name: dict(fields)}}), wanted)


def with_entry(text: str, provider: str, kind: Kind, entry: Mapping[str, object]) -> str:
    """With one more key or secret of the provider's. Raises SetupError when there are two already."""
    if len(entries(text, provider, kind)) >= LIVE:
        msg = f"provider {provider} has {LIVE} {kind} already: revoke one first, or rotate"
        raise SetupError(msg)
    wanted = tomllib.loads(text)
    wanted["providers"][provider].setdefault(kind, []).append(dict(entry))
    lines = text.splitlines(keepends=True)
    ends = [section.end for section in sections(lines) if section.path[:2] == ("providers", provider)]
    return checked(inserted(lines, max(ends, default=0), {"providers": {provider: {kind: [dict(entry)]}}}), wanted)


def without_entry(text: str, kind: Kind, entry_id: str) -> str:
    """Without this key or secret. Raises SetupError when there is none."""
    provider = owner(text, kind, entry_id)
    place = [entry.id for entry in entries(text, provider, kind)].index(entry_id)
    wanted = tomllib.loads(text)
    del wanted["providers"][provider][kind][place]
    if not wanted["providers"][provider][kind]:
        del wanted["providers"][provider][kind]
    lines = text.splitlines(keepends=True)
    found = [section for section in sections(lines) if section.path == ("providers", provider, kind)]
    # A file that has them in one line has no such section.
    return checked(removed(lines, found[place]) if place < len(found) else lines, wanted)


def rotated(text: str, provider: str, kind: Kind, entry: Mapping[str, object]) -> str:
    """With a new key or secret; of those that were there, the newest stays. Raises SetupError when there was none."""
    for old in outgoing(text, provider, kind):
        text = without_entry(text, kind, old.id)
    return with_entry(text, provider, kind, entry)


def outgoing(text: str, provider: str, kind: Kind) -> Sequence[KeyEntry | SecretEntry]:
    """What has to go for a new one. Raises SetupError when there is none to be followed by it."""
    there = entries(text, provider, kind)
    if not there:
        msg = f"provider {provider} has no {kind} yet: add one"
        raise SetupError(msg)
    return there[: 1 - LIVE]


def entries(text: str, provider: str, kind: Kind) -> Sequence[KeyEntry | SecretEntry]:
    """The provider's keys or secrets. Raises SetupError when there is no such provider."""
    found = read(text).get(provider)
    if found is None:
        msg = f"there is no provider {provider}"
        raise SetupError(msg)
    return found.keys if kind == "keys" else found.secrets


def owner(text: str, kind: Kind, entry_id: str) -> str:
    """The provider whose key or secret this is. Raises SetupError when it is nobody's."""
    for name in read(text):
        if any(entry.id == entry_id for entry in entries(text, name, kind)):
            return name
    msg = f"there is no {kind.removesuffix('s')} {entry_id}"
    raise SetupError(msg)


def named(text: str, kind: Kind, name: str) -> tuple[str, str | None]:
    """The provider that is meant, by its own name, else by a key's or secret's id, and that id.

    Raises SetupError when there is neither.
    """
    return (name, None) if name in read(text) else (owner(text, kind, name), name)
