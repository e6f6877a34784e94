"""`newswire push`: stories from files to ingest, one line of result each."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from newswire.cli.endpoints import ready, require_http
from newswire.cli.pushing import Outcome, Target, push_all
from newswire.cli.samples import runs, samples
from newswire.cli.stories import Story, split
from newswire.errors import FailedError, SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REFUSED: Final = 1
NOT_REACHED: Final = 3
_RETRY_LATER: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE)


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--url", help="Ingest's address. [default: the running stack's, else $NEWSWIRE_INGEST_URL]")
@click.option("--key", help="The key to push with. [default: the running stack's, else $NEWSWIRE_KEY]")
@click.option("--ready-file", type=click.Path(path_type=Path), help="What `newswire up --ready-file` wrote.")
def push(files: tuple[Path, ...], url: str | None, key: str | None, ready_file: Path | None) -> None:
    """Push the stories in FILES (- or none: stdin): a JSON object, a JSON array, or one JSON object a line.

    Ends with 0 when all were accepted, 1 when some were refused, 2 on wrong usage, 3 when ingest cannot take them now.
    """
    try:
        target = _target(url, key, ready_file)
        stories = [story for file in files or (Path("-"),) for story in split(_read(file))]
    except SetupError as error:
        raise click.UsageError(str(error)) from error
    outcomes = asyncio.run(_push_shown(target, stories))
    sys.exit(exit_code(outcomes))


async def push_samples(ingest_url: str, key_of: Callable[[str], str]) -> None:
    """Push the stories that newswire comes with, each with its provider's key; the last one is the newest.

    Raises FailedError unless all of them are accepted.
    """
    for provider, stories in runs(samples(datetime.now(UTC))):
        await _push_samples(Target(ingest_url, key_of(provider)), stories)


async def _push_samples(target: Target, stories: Sequence[Story]) -> None:
    outcomes: list[Outcome] = []
    await push_all(target, stories, lambda _, outcome: outcomes.append(outcome))
    for outcome in outcomes:
        if not outcome.accepted:
            msg = f"a sample story was not taken: {line_of(outcome)}"
            raise FailedError(msg)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """What the process says: 3 (try again later) is stronger than 1 (some are wrong)."""
    if any(outcome.status is None or outcome.status in _RETRY_LATER for outcome in outcomes):
        return NOT_REACHED
    return 0 if all(outcome.accepted for outcome in outcomes) else REFUSED


def line_of(outcome: Outcome) -> str:
    """One line: status, uri, and the version or what was wrong."""
    parts = [str(outcome.status or "---"), outcome.uri or "(no uri)"]
    if outcome.version is not None:
        parts.append(f"version {outcome.version}")
    if outcome.detail:
        parts.append(outcome.detail)
    parts.extend(outcome.errors)
    # A uri or a key of a story must not move a terminal's cursor.
    return "  ".join(parts).translate(_Printable())


class _Printable(dict[int, str]):
    def __missing__(self, code: int) -> str:
        character = chr(code)
        return character if character.isprintable() else character.encode("unicode_escape").decode()


def _target(url: str | None, key: str | None, ready_file: Path | None) -> Target:
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


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        msg = f"cannot read {file}: {error.strerror}"
        raise SetupError(msg) from error


async def _push_shown(target: Target, stories: Sequence[Story]) -> list[Outcome]:
    found: dict[int, Outcome] = {}
    printed = 0
    console = Console(stderr=True)
    columns = (TextColumn("Pushing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("push", total=len(stories))
        echo = _echo(progress)

        def done(index: int, outcome: Outcome) -> None:
            nonlocal printed
            found[index] = outcome
            progress.advance(bar)
            # In the order of the input, whichever was answered first.
            while printed in found:
                echo(line_of(found[printed]))
                printed += 1

        await push_all(target, stories, done)
    return [found[index] for index in range(len(stories))]


def _echo(progress: Progress) -> Callable[[str], None]:
    if sys.stdout.isatty() and not progress.disable:
        # Above the bar, not through it.
        return lambda line: progress.console.print(line, markup=False, highlight=False, soft_wrap=True)
    return click.echo
