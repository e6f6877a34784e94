"""New keys and secrets: what their holder is given, and what the providers' file keeps."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from services.ingest.signatures import SECRET_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SECRET_BYTES: Final = 32
_ID_CHARS: Final = 64
_ID_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Minted:
    """`shown` is for its holder, once; `entry` is for the file."""

    id: str
    shown: str = field(repr=False)
    entry: Mapping[str, object] = field(repr=False)


def mint_key(provider: str, scopes: Iterable[str]) -> Minted:
    """A key of 256 bits; the file gets its hash."""
    key_id, secret = _id(provider), secrets.token_urlsafe(SECRET_BYTES)
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return Minted(
        key_id, f"{key_id}.{secret}", {"id": key_id, "sha256": digest, "scopes": list(scopes), "created": _now()}
    )


def mint_secret(provider: str) -> Minted:
    """A Standard Webhooks secret of 256 bits; the file gets it as it is, since both sides sign with it."""
    secret_id = _id(provider)
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    return Minted(secret_id, secret, {"id": secret_id, "secret": secret, "created": _now()})


def _id(provider: str) -> str:
    # By chance and not by number: an id that is in somebody's log must never come to mean another key.
    end = f"-{secrets.token_hex(_ID_BYTES)}"
    return provider[: _ID_CHARS - len(end)] + end


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
