"""Options of `newswire push` that belong together: to which ingest, and from which hot folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from newswire.cli.endpoints import ready, require_http
from newswire.cli.hotfolder import HotFolder
from newswire.cli.pushing import Target
from newswire.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = TypeVar("Command", bound=Callable[..., Any])

_META: Final = "newswire.push."
_SETTLE_SECONDS: Final = 1.0


def _remember(ctx: click.Context, option: click.Parameter, value: object) -> None:
    ctx.meta[f"{_META}{option.name}"] = value


def _given(name: str) -> Any:  # noqa: ANN401 - as the options are declared
    return click.get_current_context().meta[f"{_META}{name}"]


def to_ingest(command: Command) -> Command:
    """The options that say where to push, and with which key."""
    for name, kind, text in (
        ("--ready-file", click.Path(path_type=Path), "What `newswire up --ready-file` wrote."),
        ("--key", str, "The key to push with. [default: the running stack's, else $NEWSWIRE_KEY]"),
        ("--url", str, "Ingest's address. [default: the running stack's, else $NEWSWIRE_INGEST_URL]"),
    ):
        command = click.option(name, type=kind, help=text, expose_value=False, callback=_remember)(command)
    return command


def target() -> Target:
    """Where the command line says to push. Raises SetupError."""
    url, key, ready_file = _given("url"), _given("key"), _given("ready_file")
    running = {} if url and key and not ready_file else ready(ready_file)
    url = url or running.get("ingest") or os.environ.get("NEWSWIRE_INGEST_URL")
    key = key or running.get("key") or os.environ.get("NEWSWIRE_KEY")
    if not url or not key:
        msg = "no running `newswire up` was found: say --url and --key, or --ready-file"
        raise SetupError(msg)
    require_http(url)
    if not key.isascii() or not key.isprintable():
        msg = "the key holds characters that no key has"
        raise SetupError(msg)
    return Target(url, key)


def from_folder(command: Command) -> Command:
    """The options of a hot folder, but for --once."""
    seconds = click.FloatRange(min=0)
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    command = click.option(
        "--settle",
        type=seconds,
        default=_SETTLE_SECONDS,
        show_default=True,
        metavar="SECONDS",
        help="For how long a file in FOLDER stays as it is before it is taken for complete.",
        expose_value=False,
        callback=_remember,
    )(command)
    return click.option(
        "--watch",
        type=folder,
        metavar="FOLDER",
        help="Push what is dropped into FOLDER; files go to its done/ or refused/.",
        expose_value=False,
        callback=_remember,
    )(command)


def hot_folder() -> HotFolder | None:
    """The folder to watch, if one is. Raises SetupError when nothing could be moved in it."""
    folder: Path | None = _given("watch")
    if folder is None:
        return None
    found = HotFolder(folder, _given("settle"))
    found.prepare()
    return found
