"""`newswire keys`: who may publish, in the providers' file that ingest reads again within two seconds of a change."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, get_args

import click

from newswire.cli import located
from newswire.cli.listing import lines, to_json
from newswire.cli.minted import Minted, mint_key, mint_secret
from newswire.cli.providers import (
    Kind,
    entries,
    named,
    outgoing,
    owner,
    rotated,
    with_entry,
    with_provider,
    without_entry,
)
from newswire.cli.rewriting import load, rewrite
from newswire.errors import SetupError
from services.ingest.providers_file import MAX_RATE, NAME_PATTERN, KeyEntry, Scope, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SCOPES: Final = get_args(Scope)
_NAME: Final = re.compile(NAME_PATTERN)
# https://courier.example is the beginning of https://courier.example.evil/ too.
_OPEN_PREFIX: Final = re.compile(r"https?://[^/?#]+", re.IGNORECASE)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except SetupError as error:
        raise click.ClickException(str(error)) from error


def _hint(text: str) -> None:
    # Not where the key goes: that is taken by a shell's $(…).
    click.echo(text, err=True)


def _add(kind: Kind, provider: str, mint: Callable[[], Minted]) -> None:
    path = located.path()
    with _told():
        entries(load(path), provider, kind)
        minted = mint()
        rewrite(path, lambda text: with_entry(text, provider, kind, minted.entry))
    _hand_over(kind, minted, path)


def _revoke(kind: Kind, entry_id: str) -> None:
    path = located.path()
    with _told():
        provider = owner(load(path), kind, entry_id)
        rewrite(path, lambda text: without_entry(text, kind, entry_id))
    click.echo(f"revoked {entry_id} of {provider}; it opens nothing within 2 s")


def _rotate(kind: Kind, name: str, mint: Callable[[str, str, str | None], Minted]) -> None:
    """`mint` gets the text, the provider and the id that was named."""
    path = located.path()
    with _told():
        text = load(path)
        provider, entry_id = named(text, kind, name)
        gone = [old.id for old in outgoing(text, provider, kind)]
        minted = mint(text, provider, entry_id)
        rewrite(path, lambda text: rotated(text, provider, kind, minted.entry))
    if gone:
        _hint(f"Revoked, as the oldest: {', '.join(gone)}.")
    _hand_over(kind, minted, path)


def _hand_over(kind: Kind, minted: Minted, path: Path) -> None:
    click.echo(minted.shown)
    what = "Shown this once" if kind == "keys" else "Kept readable in the file, which is its owner's alone (0600)"
    _hint(f"{what}. Its id is {minted.id}; it works within 2 s where ingest reads {path}.")


@click.group()
@located.located
def keys() -> None:
    """Providers, their keys, and the secrets they sign with.

    A provider has at most two keys and two secrets at a time: the one that goes and the one that comes. Ends with 1
    when the file would not take the change, 2 on wrong usage.
    """


@keys.group("provider")
def provider_group() -> None:
    """Who may publish, and under which uris."""


@keys.group("key")
def key_group() -> None:
    """Keys, for `Authorization: Bearer`. The file keeps their hashes."""


@keys.group("secret")
def secret_group() -> None:
    """Secrets, for pushes that are signed. The file holds them as they are."""


def _checked_name(_ctx: click.Context, _option: click.Parameter, value: str) -> str:
    if not _NAME.fullmatch(value):
        msg = "a provider's name has 1 to 64 letters, digits, _ and -, the first one a letter or a digit"
        raise click.BadParameter(msg)
    return value


def _checked_prefixes(_ctx: click.Context, _option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    for prefix in value:
        if _OPEN_PREFIX.fullmatch(prefix):
            msg = f"{prefix} is the beginning of other hosts' uris too: end it with a /"
            raise click.BadParameter(msg)
    return value


@provider_group.command("add")
@click.argument("name", callback=_checked_name)
@click.option(
    "--uri-prefix",
    "uri_prefixes",
    multiple=True,
    required=True,
    callback=_checked_prefixes,
    help='What the uris they may publish begin with; "" is any. May be there several times.',
)
@click.option("--title", help="What people call them.")
@click.option(
    "--stories-per-minute",
    type=click.IntRange(0, MAX_RATE),
    help="How much they may push; 0: no limit. [default: ingest's own]",
)
@click.option("--superdesk", is_flag=True, help="Take x-superdesk-signature, which is good for ever.")
@located.located
def add_provider(
    name: str, uri_prefixes: tuple[str, ...], title: str | None, stories_per_minute: int | None, *, superdesk: bool
) -> None:
    """Add a provider, who has no key and no secret yet. A file that is missing is made."""
    fields = {
        "name": title,
        "uri_prefixes": list(uri_prefixes),
        "stories_per_minute": stories_per_minute,
        "superdesk_signature": superdesk or None,
    }
    given = {field: value for field, value in fields.items() if value is not None}
    path = located.path()
    with _told():
        rewrite(path, lambda text: with_provider(text, name, given), create=True)
    click.echo(f"added {name} to {path}")
    _hint(f"Now: newswire keys key add {name}")


@provider_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@located.located
def list_providers(*, as_json: bool) -> None:
    """Show providers, prefixes and the ids of keys and secrets; no secret itself."""
    path = located.path()
    with _told():
        providers = read(load(path))
    if as_json:
        click.echo(json.dumps({"file": str(path), "providers": to_json(providers)}, indent=2))
        return
    for line in lines(providers, datetime.now(UTC)):
        click.echo(line)


@key_group.command("add")
@click.argument("provider")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="What it may do; may be there twice. [default: both]",
)
@located.located
def add_key(provider: str, scopes: tuple[str, ...]) -> None:
    """Make a key and print it, this once."""
    # In the file's own order, and each once.
    wanted = [scope for scope in SCOPES if scope in (scopes or SCOPES)]
    _add("keys", provider, lambda: mint_key(provider, wanted))


@key_group.command("revoke")
@click.argument("key_id")
@located.located
def revoke_key(key_id: str) -> None:
    """Take a key out of the file."""
    _revoke("keys", key_id)


@key_group.command("rotate")
@click.argument("name", metavar="PROVIDER|KEY_ID")
@located.located
def rotate_key(name: str) -> None:
    """Make a key that may do what this one may, or the provider's newest, and print it.

    A provider's name goes before a key's id. The newest of the old ones lives on beside it, until it is revoked; an
    older one goes at once.
    """
    _rotate("keys", name, _like)


def _like(text: str, provider: str, key_id: str | None) -> Minted:
    there = [key for key in entries(text, provider, "keys") if isinstance(key, KeyEntry)]
    model = next((key for key in there if key.id == key_id), there[-1])
    return mint_key(provider, model.scopes)


@secret_group.command("add")
@click.argument("provider")
@located.located
def add_secret(provider: str) -> None:
    """Make a secret and print it."""
    _add("secrets", provider, lambda: mint_secret(provider))


@secret_group.command("revoke")
@click.argument("secret_id")
@located.located
def revoke_secret(secret_id: str) -> None:
    """Take a secret out of the file."""
    _revoke("secrets", secret_id)


@secret_group.command("rotate")
@click.argument("name", metavar="PROVIDER|SECRET_ID")
@located.located
def rotate_secret(name: str) -> None:
    """Make a secret and print it.

    A provider's name goes before a secret's id. The newest of the old ones lives on beside it, until it is revoked; an
    older one goes at once.
    """
    _rotate("secrets", name, lambda _text, provider, _secret_id: mint_secret(provider))
