"""The development providers: a key that may publish any uri, and two newsrooms for the samples.

Their keys are the same at every start of a data folder.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from newswire.errors import SetupError
from newswire.local.folder import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

DEVELOPMENT: Final = "development"
_HEAD: Final = "# Who may publish. Ingest reads this file again within two seconds of a change.\n"
_TOML: Final = """\
[providers.{provider}]
name = {name}
uri_prefixes = {prefixes}
{rate}
[[providers.{provider}.keys]]
id = "{id}"
sha256 = "{sha256}"
"""


@dataclass(frozen=True, slots=True)
class Publisher:
    """One of the providers in the file that is written here."""

    name: str
    key_id: str
    uri_prefixes: tuple[str, ...]
    limited: bool = True


PUBLISHERS: Final = {
    DEVELOPMENT: Publisher("Development", "dev", ("",), limited=False),
    "eastmere-courier": Publisher("Eastmere Courier", "courier", ("https://courier.eastmere.example/",)),
    "baywire": Publisher("Bay Wire", "baywire", ("urn:newsml:baywire.example:",)),
}


@dataclass(frozen=True, slots=True)
class Provider:
    """The providers' file, and the key to push with; empty where the file is the user's own."""

    path: Path
    key: str
    newsrooms: Mapping[str, str] = field(default_factory=dict)
    """The keys of the samples' newsrooms; a data folder of earlier days has none."""

    def key_of(self, newsroom: str) -> str:
        """The newsroom's key, else the one that may publish any uri."""
        return self.newsrooms.get(newsroom, self.key)


def development_provider(data: Path, environ: Mapping[str, str]) -> Provider:
    """The user's own file (`NEWSWIRE_PROVIDERS`), else the data folder's, written the first time."""
    if own := environ.get("NEWSWIRE_PROVIDERS"):
        return Provider(Path(own).absolute(), "")
    path, kept = data / "providers.toml", {name: data / f"{name}.key" for name in PUBLISHERS}
    if not path.exists() and not kept[DEVELOPMENT].exists():
        _make_keys(kept)
    keys = {name: _read(file) for name, file in kept.items() if file.exists()}
    if not path.exists():
        write_whole(path, providers_toml(keys))
    return Provider(path, keys.pop(DEVELOPMENT, ""), keys)


def providers_toml(keys: Mapping[str, str]) -> str:
    """The file with these keys, by provider; it holds their secrets' digests only."""
    return "\n".join([_HEAD, *(_section(name, key) for name, key in keys.items())])


def _section(provider: str, key: str) -> str:
    publisher = PUBLISHERS[provider]
    key_id, _, secret = key.partition(".")
    return _TOML.format(
        provider=provider,
        name=json.dumps(publisher.name),
        prefixes=json.dumps(publisher.uri_prefixes),
        rate="" if publisher.limited else "stories_per_minute = 0  # no limit\n",
        id=key_id,
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
    )


def _make_keys(files: Mapping[str, Path]) -> None:
    # The development key last: only where it is missing are keys made, so a start that was cut off makes all of them.
    for name in sorted(files, key=lambda name: name == DEVELOPMENT):
        write_whole(files[name], f"{PUBLISHERS[name].key_id}.{secrets.token_urlsafe(32)}\n")


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise SetupError(msg) from error
