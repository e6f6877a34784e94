"""A push that is watched: a bar on a terminal, and a line for each story in the order of the input."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from newswire.cli.outcomes import line_of
from newswire.cli.pushing import push_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newswire.cli.outcomes import Outcome
    from newswire.cli.pushing import Target
    from newswire.cli.stories import Story


async def push_shown(target: Target, stories: Sequence[Story], *, lines: bool = True) -> list[Outcome]:
    """What became of all stories, of those in documents too, in the order given."""
    found: dict[int, Sequence[Outcome]] = {}
    outcomes: list[Outcome] = []
    shown = 0
    console = Console(stderr=True)
    columns = (TextColumn("Pushing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("push", total=len(stories))
        echo = _echo(progress) if lines else _silent

        def done(index: int, each: Sequence[Outcome]) -> None:
            nonlocal shown
            found[index] = each
            progress.advance(bar)
            # In the order of the input, whichever was answered first.
            while shown in found:
                for outcome in found[shown]:
                    echo(line_of(outcome))
                outcomes.extend(found.pop(shown))
                shown += 1

        await push_all(target, stories, done)
    return outcomes


def _silent(_line: str) -> None:
    pass


def _echo(progress: Progress) -> Callable[[str], None]:
    if sys.stdout.isatty() and not progress.disable:
        # Above the bar, not through it.
        return lambda line: progress.console.print(line, markup=False, highlight=False, soft_wrap=True)
    return say


def say(line: str) -> None:
    """Print a line, for as long as somebody reads: who has seen enough of them means the lines, not the stories."""
    try:
        click.echo(line)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
