"""Where the providers' file is: the options of `newswire keys` that say so, and what holds without them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from newswire.cli.endpoints import ready
from newswire.cli.rewriting import exposed
from newswire.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    # A command, or what is to be one.
    Command = TypeVar("Command", bound=Callable[..., Any])

_META: Final = "newswire.keys."


def providers_path(file: Path | None, ready_file: Path | None, environ: Mapping[str, str]) -> Path:
    """The file that is meant. Raises SetupError when nothing says which."""
    if file:
        return file
    if ready_file is None and (own := environ.get("NEWSWIRE_PROVIDERS")):
        return Path(own)
    if running := ready(ready_file).get("providers"):
        return Path(running)
    msg = "no running `newswire up` was found: say --file, --ready-file or NEWSWIRE_PROVIDERS"
    raise SetupError(msg)


def _remember(ctx: click.Context, option: click.Parameter, value: Path | None) -> None:
    if value is not None:
        ctx.meta[f"{_META}{option.name}"] = value


def located(command: Command) -> Command:
    """The two options that say where the file is, before or after a subcommand's name."""
    for name, text in (
        ("--ready-file", "What `newswire up --ready-file` wrote."),
        ("--file", "The providers' file. [default: $NEWSWIRE_PROVIDERS, else the running stack's]"),
    ):
        kind = click.Path(path_type=Path, dir_okay=False)
        command = click.option(name, type=kind, help=text, expose_value=False, callback=_remember)(command)
    return command


def path() -> Path:
    """The file that the command line names. Raises click.UsageError; warns when others can read secrets in it."""
    meta = click.get_current_context().meta
    try:
        found = providers_path(meta.get(f"{_META}file"), meta.get(f"{_META}ready_file"), os.environ)
    except SetupError as error:
        raise click.UsageError(str(error)) from error
    if exposed(found):
        text = f"Warning: {found} holds secrets, and others than its owner could read or write it: chmod 600."
        click.echo(text, err=True)
    return found
