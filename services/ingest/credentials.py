"""Who may push, and under which uris: a file (providers_file.py has its form) that is read again when it changes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from newswire.errors import CredentialsError, FailedError, ForbiddenError, SetupError
from services.ingest.providers_file import SCOPES, Scope, oddities, read
from services.ingest.rates import Rate
from services.ingest.signatures import signed_as_webhook, signed_by_superdesk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from services.ingest.providers_file import ProviderEntry

POLL_SECONDS: Final = 1.0
# Bits of st_mode: the group's and everybody's leave to read or to write.
EXPOSED: Final = 0o066
_NO_HASH: Final = "0" * 64
# Worked with where a provider has fewer; nobody's, and what they say is not listened to.
_IDLE_SECRETS: Final = ("whsec_" + "A" * 32,) * 2
_MINUTE: Final = 60
_LOG: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Provider:
    """One who publishes, and the prefixes of the uris that are theirs; "" is a prefix of every uri.

    `rate` is how much they may push, None for no limit.
    """

    name: str
    uri_prefixes: tuple[str, ...]
    rate: Rate | None = None

    def require(self, uri: str) -> None:
        """Raise ForbiddenError unless `uri` is theirs to publish."""
        if not uri.startswith(self.uri_prefixes):
            msg = f"the uri is outside the prefixes of provider {self.name}"
            raise ForbiddenError(msg)


@dataclass(frozen=True, slots=True)
class Grant(Provider):
    """A provider as one key lets them in: it may open less than is theirs."""

    scopes: frozenset[Scope] = SCOPES

    def require_scope(self, scope: Scope) -> None:
        """Raise ForbiddenError unless this may be done."""
        if scope not in self.scopes:
            msg = f"this key of provider {self.name} may not {scope} stories"
            raise ForbiddenError(msg)


@dataclass(frozen=True, slots=True)
class Key:
    """A key's hash, and what it opens."""

    sha256: str
    grant: Grant


@dataclass(frozen=True, slots=True)
class Signer:
    """A provider who signs: with which secrets, and whether Superdesk's signature is enough."""

    grant: Grant
    secrets: tuple[str, ...] = field(default=(), repr=False)
    superdesk: bool = False

    def signed(self, headers: Mapping[str, str], body: bytes, now_seconds: float) -> bool:
        """Whether the body is theirs. Standard Webhooks decides where both kinds of signature are."""
        webhook = "webhook-signature" in headers

        def by(secrets: tuple[str, ...]) -> bool:
            if webhook:
                return signed_as_webhook(headers, body, secrets, now_seconds)
            return signed_by_superdesk(headers.get("x-superdesk-signature", ""), body, secrets)

        # As much work whoever is named: the time taken must not tell who is there, nor who has a secret.
        by(_IDLE_SECRETS[len(self.secrets) :])
        return by(self.secrets) and (webhook or self.superdesk)


_NOBODY: Final = Signer(Grant("", ()))


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every key, by its id, and every signer, by the provider's name; `oddities` are worth a warning."""

    keys: Mapping[str, Key] = field(default_factory=dict)
    signers: Mapping[str, Signer] = field(default_factory=dict)
    oddities: tuple[str, ...] = ()

    @property
    def holds_secrets(self) -> bool:
        """Whether the file it comes from has to be kept from others' eyes."""
        return any(signer.secrets for signer in self.signers.values())

    def authenticate(self, authorization: str | None) -> Grant:
        """What the key in this `Authorization` header opens. Raises CredentialsError, the same whatever was wrong."""
        scheme, _, token = (authorization or "").partition(" ")
        key_id, _, secret = token.strip(" ").partition(".")
        key = self.keys.get(key_id)
        # Compared for an unknown id too: the time taken must not tell which ids exist.
        found = hashlib.sha256(secret.encode("latin-1", "replace")).hexdigest()
        right = hmac.compare_digest(found, key.sha256 if key else _NO_HASH)
        if key is None or not right or scheme.lower() != "bearer":
            msg = "a valid key is needed: Authorization: Bearer <key id>.<secret>"
            raise CredentialsError(msg)
        return key.grant

    def verify(self, provider: str, headers: Mapping[str, str], body: bytes, now_seconds: float) -> Grant:
        """What a push in this provider's name may do, by the signature in its headers (their names in lower case).

        Raises CredentialsError, the same whatever was wrong.
        """
        signer = self.signers.get(provider, _NOBODY)
        if not signer.signed(headers, body, now_seconds):
            msg = "a valid signature of the body as it was sent is needed, by a secret of the provider in the path"
            raise CredentialsError(msg)
        return signer.grant


def parse(text: str, rate: Rate | None = None) -> Keyring:
    """The keys and secrets of a providers' file; `rate` is for providers without one of their own.

    Raises SetupError, which names each fault and no secret.
    """
    providers = read(text)
    keys: dict[str, Key] = {}
    signers: dict[str, Signer] = {}
    for name, entry in providers.items():
        prefixes, own = tuple(entry.uri_prefixes), _rate(entry, rate)
        for key in entry.keys:
            keys[key.id] = Key(key.sha256, Grant(name, prefixes, own, frozenset(key.scopes)))
        secrets = tuple(each.secret for each in entry.secrets)
        signers[name] = Signer(Grant(name, prefixes, own), secrets, entry.superdesk_signature)
    return Keyring(keys, signers, tuple(oddities(providers)))


def _rate(entry: ProviderEntry, default: Rate | None) -> Rate | None:
    if entry.stories_per_minute is None:
        return default
    return Rate(entry.stories_per_minute, _MINUTE) if entry.stories_per_minute else None


class ProvidersFile:
    """The keyring of a file, at most 2 s old. A file that cannot be read leaves the last good one in force.

    `rate` is for providers without one of their own.
    """

    def __init__(self, path: Path, *, rate: Rate | None = None, poll_seconds: float = POLL_SECONDS) -> None:
        self.keyring = Keyring()
        self._path = path
        self._rate = rate
        self._poll_seconds = poll_seconds
        self._seen: object = None
        self._exposed = False
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
        """A warning when the file went bad, or is not as it should be; raises FailedError when it never was good."""
        if self._fault and not self._ever_good:
            msg = f"providers' file {self._path}: {self._fault}"
            raise FailedError(msg)
        return "; ".join(self._warnings()) or None

    def _warnings(self) -> Iterator[str]:
        if self._fault:
            yield f"the last good providers' file is in force; now {self._fault}"
        if self._exposed and self.keyring.holds_secrets:
            yield "the providers' file holds secrets, and others than its owner can read or write it: chmod 600"
        yield from self.keyring.oddities

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds)
            await self._refresh()

    async def _refresh(self) -> None:
        try:
            text = await asyncio.to_thread(self._read_if_changed)
            if text is None:
                return
            self.keyring = parse(text, self._rate)
        except (OSError, UnicodeDecodeError, SetupError) as error:
            self._note(_said(error))
        else:
            self._ever_good = True
            self._note(None)

    def _note(self, fault: str | None) -> None:
        if fault and fault != self._fault:
            _LOG.warning("providers_file_not_taken", path=str(self._path), fault=fault)
        self._fault = fault

    def _read_if_changed(self) -> str | None:
        """The file's text, None when it is as it was. Raises OSError and UnicodeDecodeError."""
        seen, self._seen = self._seen, None
        stat = self._path.stat()
        self._exposed = bool(stat.st_mode & EXPOSED)
        found = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        text = self._path.read_text("utf-8") if found != seen else None
        # Only now: a file that could not be read is tried again.
        self._seen = found
        return text


def _said(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
