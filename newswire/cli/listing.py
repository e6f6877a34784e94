"""What `newswire keys provider list` shows: who may publish what, by which keys; never a hash or a secret. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.ingest.providers_file import KeyEntry, ProviderEntry, SecretEntry


def to_json(providers: Mapping[str, ProviderEntry]) -> list[dict[str, object]]:
    """The providers for programs."""
    return [_shown(name, provider) for name, provider in providers.items()]


def lines(providers: Mapping[str, ProviderEntry], now: datetime) -> Iterator[str]:
    """The providers for a person: a table of what each is, has and may."""
    rows = [row for name, provider in providers.items() for row in _rows(name, provider, now)]
    widths = [max(len(cell) for cell in column) for column in zip(*(row[:-1] for row in rows), strict=True)]
    for row in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()


def _rows(name: str, provider: ProviderEntry, now: datetime) -> Iterator[tuple[str, str, str, str]]:
    rate = provider.stories_per_minute
    yield name, "", provider.name or "", ""
    for prefix in provider.uri_prefixes:
        yield "", "uris", prefix or "any", ""
    if rate is not None:
        yield "", "rate", f"{rate} stories a minute" if rate else "no limit", ""
    if provider.superdesk_signature:
        yield "", "takes", "x-superdesk-signature", ""
    for key in provider.keys:
        yield "", "key", key.id, f"{', '.join(key.scopes) or 'may nothing'}; {_age(key, now)}"
    for secret in provider.secrets:
        yield "", "secret", secret.id, _age(secret, now)


def _age(entry: KeyEntry | SecretEntry, now: datetime) -> str:
    if entry.created is None:
        return "of unknown age"
    days = (now.date() - _day(entry.created)).days
    if days < 1:
        return "made today"
    return f"{days} days old" if days > 1 else "1 day old"


def _day(created: datetime | date) -> date:
    if not isinstance(created, datetime):
        return created
    return (created.astimezone(UTC) if created.tzinfo else created).date()


def _shown(name: str, provider: ProviderEntry) -> dict[str, object]:
    return {
        "provider": name,
        "name": provider.name,
        "uri_prefixes": provider.uri_prefixes,
        "stories_per_minute": provider.stories_per_minute,
        "superdesk_signature": provider.superdesk_signature,
        "keys": [
            {"id": key.id, "scopes": key.scopes, "created": key.created and key.created.isoformat()}
            for key in provider.keys
        ],
        "secrets": [
            {"id": secret.id, "created": secret.created and secret.created.isoformat()} for secret in provider.secrets
        ],
    }
