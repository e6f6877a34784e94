"""The form of the providers' file. Pure.

[providers.courier]
name = "Eastmere Courier"                      # for people
uri_prefixes = ["https://courier.example/"]    # "" is any uri
stories_per_minute = 600                       # absent: the service's own rate; 0: no limit
superdesk_signature = true                     # absent: no
[[providers.courier.keys]]
id = "c1"                                      # the caller sends `Authorization: Bearer c1.<secret>`
sha256 = "…"                                   # of the secret, in lower-case hex
scopes = ["push", "kill"]                      # absent: both
created = 2026-11-25T10:00:00Z                 # for people
[[providers.courier.secrets]]
id = "s1"
secret = "whsec_…"                             # what pushes are signed with: it cannot be hashed
created = 2026-11-25T10:00:00Z
"""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from newswire.errors import SetupError
from services.ingest.signatures import secret_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Scope = Literal["push", "kill"]
SCOPES: Final[frozenset[Scope]] = frozenset(get_args(Scope))
LIVE: Final = 2
"""So many keys, and so many secrets, a provider needs: the one that goes and the one that comes."""

# The name stands in urn:newswire:{provider}:…, in paths and in each event's source.
NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
MAX_RATE: Final = 1_000_000


def _whole_secret(secret: str) -> str:
    try:
        secret_bytes(secret)
    except SetupError as error:
        # What pydantic turns into a fault with its place in the file.
        raise ValueError(*error.args) from error
    return secret


_Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
_Created = datetime | date | None


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class KeyEntry(_Entry):
    """A key, as the file has it."""

    id: _Id
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    scopes: list[Scope] = list(get_args(Scope))
    created: _Created = None


class SecretEntry(_Entry):
    """A secret, as the file has it."""

    id: _Id
    secret: Annotated[str, AfterValidator(_whole_secret), Field(repr=False)]
    created: _Created = None


class ProviderEntry(_Entry):
    """A provider, as the file has it; the oldest key, and the oldest secret, stands first."""

    name: str | None = None
    uri_prefixes: list[str]
    stories_per_minute: Annotated[int, Field(ge=0, le=MAX_RATE)] | None = None
    superdesk_signature: bool = False
    keys: list[KeyEntry] = []
    secrets: list[SecretEntry] = []


class _File(_Entry):
    providers: dict[_Name, ProviderEntry] = {}


def read(text: str) -> dict[str, ProviderEntry]:
    """The providers of a file, by name. Raises SetupError, which names each fault and no secret."""
    try:
        file = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        msg = f"not TOML: {error}"
        raise SetupError(msg) from error
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_input=False))
        # Not `from`: pydantic's own text holds what was found, which may be a secret.
        raise SetupError("; ".join(faults)) from None
    for kind, ids in (("key", key_ids(file.providers)), ("secret", secret_ids(file.providers))):
        if twice := [entry_id for entry_id, count in Counter(ids).items() if count > 1]:
            msg = f"{kind} id {twice[0]} is there twice"
            raise SetupError(msg)
    return file.providers


def key_ids(providers: Mapping[str, ProviderEntry]) -> list[str]:
    """Every key's id."""
    return [key.id for provider in providers.values() for key in provider.keys]


def secret_ids(providers: Mapping[str, ProviderEntry]) -> list[str]:
    """Every secret's id."""
    return [secret.id for provider in providers.values() for secret in provider.secrets]


def oddities(providers: Mapping[str, ProviderEntry]) -> Iterator[str]:
    """What is in force though it should not be: more keys or secrets than a change of them needs.

    No fault: a person who revokes a key by hand must not fail for another one that is too many.
    """
    for name, provider in providers.items():
        for kind, entries in (("keys", provider.keys), ("secrets", provider.secrets)):
            if len(entries) > LIVE:
                yield f"provider {name} has {len(entries)} {kind}, where {LIVE} are enough: revoke the old ones"
