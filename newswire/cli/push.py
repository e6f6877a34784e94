"""`newswire push`: stories from files, stdin or a hot folder to ingest, one line of result each."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from newswire.cli.formats import AUTO, FORMATS, stories
from newswire.cli.options import from_folder, hot_folder, target, to_ingest
from newswire.cli.outcomes import Outcome, exit_code, line_of, tally
from newswire.cli.pushing import Target, push_all
from newswire.cli.samples import runs, samples
from newswire.cli.shown import push_shown, say
from newswire.cli.watching import Watch, empty, watch
from newswire.errors import FailedError, SetupError
from newswire.local.interrupts import Interrupts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newswire.cli.hotfolder import HotFolder
    from newswire.cli.stories import Story

_STDIN: Final = Path("-")
_FILE: Final = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.command()
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--format", "form", type=click.Choice(FORMATS), default=AUTO, show_default=True, help="What FILES are.")
@click.option("--rss", type=_FILE, multiple=True, metavar="FILE", help="The same as --format rss FILE.")
@from_folder
@click.option("--once", is_flag=True, help="With --watch: push what is there, and end.")
@to_ingest
def push(files: tuple[Path, ...], form: str, rss: tuple[Path, ...], *, once: bool) -> None:
    """Push the stories in FILES (- or none: stdin).

    They are ninjs, Superdesk's too: a JSON object, a JSON array, or one object a line; or a document of NewsML-G2,
    NITF, RSS or Atom. By itself the format is told by a file's suffix, else by how it begins; XML always by its root
    element. Nothing is fetched over the network.

    A hot folder is watched until Ctrl-C. Its files are pushed once they are complete, the oldest first, and moved to
    done/, or to refused/ with NAME.problem.json beside them. They stay where they are while ingest cannot take them.
    Ignored are empty files, links, other folders, and names that begin with a dot or end with ~, .tmp, .part, .partial,
    .filepart, .crdownload or .problem.json: rename into place what takes long to write.

    Ends with 0 when all were accepted, 1 when some were refused, 2 on wrong usage, 3 when ingest cannot take them now;
    --watch with 0 on Ctrl-C or SIGTERM.
    """
    try:
        aim, folder = target(), hot_folder()
        _require(not (folder and (files or rss)), "--watch takes no other files")
        _require(bool(folder) or not once, "--once goes with --watch")
        sources = [*((form, file) for file in files), *(("rss", file) for file in rss)] or [(form, _STDIN)]
        found = [] if folder else [story for each in sources for story in _stories(*each)]
    except SetupError as error:
        raise click.UsageError(str(error)) from error
    if folder:
        sys.exit(asyncio.run(_watch(aim, folder, form, once=once)))
    outcomes = asyncio.run(push_shown(aim, found))
    if len(outcomes) != 1:
        click.echo(tally(outcomes), err=True)
    sys.exit(exit_code(outcomes))


async def push_samples(ingest_url: str, key_of: Callable[[str], str]) -> None:
    """Push the stories that newswire comes with, each with its provider's key; the last one is the newest.

    Raises FailedError unless all of them are accepted.
    """
    for provider, run in runs(samples(datetime.now(UTC))):
        await _push_samples(Target(ingest_url, key_of(provider)), run)


async def _push_samples(aim: Target, run: Sequence[Story]) -> None:
    outcomes: list[Outcome] = []
    await push_all(aim, run, lambda _, each: outcomes.extend(each))
    for outcome in outcomes:
        if not outcome.accepted:
            msg = f"a sample story was not taken: {line_of(outcome)}"
            raise FailedError(msg)


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - as assert has it
    if not holds:
        raise SetupError(otherwise)


def _stories(form: str, file: Path) -> list[Story]:
    return stories(form, "(stdin)" if file == _STDIN else str(file), _read(file))


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == _STDIN else file.read_bytes()
    except OSError as error:
        msg = f"cannot read {file}: {error.strerror}"
        raise SetupError(msg) from error


async def _watch(aim: Target, folder: HotFolder, form: str, *, once: bool) -> int:
    """Until a signal: the file in hand is dealt with, but for a second Ctrl-C. Gives the exit code."""
    interrupts = Interrupts()
    stoppable = replace(aim, stopping=interrupts.stopping)
    what = Watch(folder, form, partial(push_shown, stoppable, lines=False), say, interrupts.stopping)
    working = asyncio.create_task(empty(what) if once else watch(what))

    def hurry() -> None:
        working.cancel()

    interrupts.hurry = hurry
    await asyncio.wait({working})
    stopped = working.cancelled() or interrupts.stopping.is_set()
    return 0 if stopped else exit_code(working.result() or ())
