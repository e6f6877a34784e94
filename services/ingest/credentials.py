"""Who may push, and under which uris: a TOML file that is read again when it changes.

[providers.courier]
uri_prefixes = ["https://courier.example/"]    # "" is any uri
[[providers.courier.keys]]
id = "c1"                                      # the caller sends `Authorization: Bearer c1.<secret>`
sha256 = "…"                                   # of the secret, in lower-case hex
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final

import structlog
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from newswire.errors import CredentialsError, FailedError, ForbiddenError, SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

POLL_SECONDS: Final = 1.0
_NO_HASH: Final = "0" * 64
_LOG: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Provider:
    """One who publishes, and the prefixes of the uris that are theirs; "" is a prefix of every uri."""

    name: str
    uri_prefixes: tuple[str, ...]

    def require(self, uri: str) -> None:
        """Raise ForbiddenError unless `uri` is theirs to publish."""
        if not uri.startswith(self.uri_prefixes):
            msg = f"the uri is outside the prefixes of provider {self.name}"
            raise ForbiddenError(msg)


@dataclass(frozen=True, slots=True)
class Key:
    """A key's hash, and whose it is."""

    sha256: str
    provider: Provider


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every key, by its id."""

    keys: Mapping[str, Key] = field(default_factory=dict)

    def authenticate(self, authorization: str | None) -> Provider:
        """Whose key this `Authorization` header holds. Raises CredentialsError, the same whatever was wrong."""
        scheme, _, token = (authorization or "").partition(" ")
        key_id, _, secret = token.strip(" ").partition(".")
        key = self.keys.get(key_id)
        # Compared for an unknown id too: the time taken must not tell which ids exist.
        found = hashlib.sha256(secret.encode("latin-1", "replace")).hexdigest()
        right = hmac.compare_digest(found, key.sha256 if key else _NO_HASH)
        if key is None or not right or scheme.lower() != "bearer":
            msg = "a valid key is needed: Authorization: Bearer <key id>.<secret>"
            raise CredentialsError(msg)
        return key.provider


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Key(_Strict):
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Provider(_Strict):
    name: str | None = None  # for people
    uri_prefixes: list[str]
    keys: list[_Key] = []


# The name stands in urn:newswire:{provider}:… and in each event's source.
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class _File(_Strict):
    providers: Annotated[dict[_Name, _Provider], Field(default_factory=dict)]


def parse(text: str) -> Keyring:
    """The keys of a providers' file. Raises SetupError, which names each fault and no secret."""
    try:
        file = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        msg = f"not TOML: {error}"
        raise SetupError(msg) from error
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_input=False))
        raise SetupError("; ".join(faults)) from error
    keys: dict[str, Key] = {}
    for name, provider in file.providers.items():
        owner = Provider(name, tuple(provider.uri_prefixes))
        for key in provider.keys:
            if key.id in keys:
                msg = f"key id {key.id} is there twice"
                raise SetupError(msg)
            keys[key.id] = Key(key.sha256, owner)
    return Keyring(keys)


class ProvidersFile:
    """The keyring of a file, at most 2 s old. A file that cannot be read leaves the last good one in force."""

    def __init__(self, path: Path, *, poll_seconds: float = POLL_SECONDS) -> None:
        self.keyring = Keyring()
        self._path = path
        self._poll_seconds = poll_seconds
        self._seen: object = None
        self._fault: str | None = "not read yet"
        self._ever_good = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the file, and keep reading it. Never fails: a bad file shows in the readiness check."""
        await self._refresh()
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Stop reading."""
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def check(self) -> str | None:
        """A warning when the file went bad; raises FailedError when there never was a good one."""
        if self._fault and not self._ever_good:
            msg = f"providers' file {self._path}: {self._fault}"
            raise FailedError(msg)
        return f"the last good providers' file is in force; now {self._fault}" if self._fault else None

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds)
            await self._refresh()

    async def _refresh(self) -> None:
        try:
            text = await asyncio.to_thread(self._read_if_changed)
            if text is None:
                return
            self.keyring = parse(text)
        except (OSError, UnicodeDecodeError, SetupError) as error:
            self._note(_said(error))
        else:
            self._ever_good = True
            self._note(None)

    def _note(self, fault: str | None) -> None:
        if fault and fault != self._fault:
            _LOG.warning("providers file not taken", path=str(self._path), fault=fault)
        self._fault = fault

    def _read_if_changed(self) -> str | None:
        """The file's text, None when it is as it was. Raises OSError and UnicodeDecodeError."""
        try:
            stat = self._path.stat()
        except OSError:
            self._seen = None
            raise
        seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if seen == self._seen:
            return None
        text = self._path.read_text("utf-8")
        # Only now: a file that could not be read is tried again.
        self._seen = seen
        return text


def _said(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
