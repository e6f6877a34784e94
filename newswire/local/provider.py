"""The development provider: a key that may publish any uri, the same at every start of a data folder."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from newswire.errors import SetupError
from newswire.local.folder import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_ID: Final = "dev"
_TOML = """\
# Who may publish. Ingest reads this file again within two seconds of a change.
[providers.development]
name = "Development"
uri_prefixes = [""]

[[providers.development.keys]]
id = "{id}"
sha256 = "{sha256}"
"""


@dataclass(frozen=True, slots=True)
class Provider:
    """The providers' file, and the key to push with; empty where the file is the user's own."""

    path: Path
    key: str


def development_provider(data: Path, environ: Mapping[str, str]) -> Provider:
    """The user's own file (`NEWSWIRE_PROVIDERS`), else the data folder's, written the first time."""
    if own := environ.get("NEWSWIRE_PROVIDERS"):
        return Provider(Path(own).absolute(), "")
    path, kept = data / "providers.toml", data / "development.key"
    if not path.exists() and not kept.exists():
        write_whole(kept, f"{KEY_ID}.{secrets.token_urlsafe(32)}\n")
    key = _read(kept) if kept.exists() else ""
    if not path.exists():
        write_whole(path, providers_toml(key))
    return Provider(path, key)


def providers_toml(key: str) -> str:
    """The file with this one key; it holds the secret's digest only."""
    key_id, _, secret = key.partition(".")
    return _TOML.format(id=key_id, sha256=hashlib.sha256(secret.encode()).hexdigest())


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise SetupError(msg) from error
