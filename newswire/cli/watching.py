"""A hot folder -> ingest: one file after the other, for as long as it is watched.

One at a time, so that a correction is not pushed before its story. For the same reason all of them wait while ingest
cannot take one. What it takes again after a crash, or after an answer that was lost, is a repeat and harmless.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from newswire.cli.formats import stories
from newswire.cli.outcomes import NOT_SENT, Outcome, line_of, printable, results, tally
from newswire.cli.waits import pause

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Sequence

    from newswire.cli.hotfolder import Dropped, HotFolder
    from newswire.cli.stories import Story

# What is held in memory of it; a document in XML may have 8 MiB.
MOST_BYTES: Final = 64 * 1024 * 1024
_FIRST_WAIT_SECONDS: Final = 1.0
_LONGEST_WAIT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Watch:
    """What to watch, how to push what is in it, and whom to tell of each file."""

    folder: HotFolder
    form: str
    push: Callable[[Sequence[Story]], Awaitable[Sequence[Outcome]]]
    say: Callable[[str], None]
    stopping: asyncio.Event
    poll_seconds: float = 0.5


@dataclass(slots=True)
class Swept:
    """What became of the stories in a folder, and why those that are left have to wait; empty when none has to."""

    outcomes: list[Outcome] = field(default_factory=list)
    held: str = ""


async def watch(what: Watch) -> None:
    """Push what is dropped until it stops."""
    waits, told = 0, ""
    while not what.stopping.is_set():
        swept = await sweep(what)
        if not swept.held:
            waits, told = 0, ""
            await pause(what.stopping, what.poll_seconds)
            continue
        if swept.held != told and not what.stopping.is_set():
            what.say(f"waiting  {swept.held}")
            told = swept.held
        await pause(what.stopping, min(_FIRST_WAIT_SECONDS * 2**waits, _LONGEST_WAIT_SECONDS))
        waits = 0 if swept.outcomes else min(waits + 1, 16)


async def empty(what: Watch) -> list[Outcome]:
    """Push what is there, once; what is still written, or comes later, is left."""
    what.folder.complete(time.monotonic())
    await pause(what.stopping, what.folder.settle_seconds)
    swept = await sweep(what)
    if not swept.held:
        return swept.outcomes
    what.say(f"waiting  {swept.held}")
    return [*swept.outcomes, Outcome(None, None, problem={"detail": swept.held})]


async def sweep(what: Watch) -> Swept:
    """Push the files that are complete by now, and move them, until one has to wait."""
    swept = Swept()
    try:
        found = what.folder.complete(time.monotonic())
    except OSError as error:
        swept.held = f"{what.folder.folder} cannot be listed: {error.strerror}"
        return swept
    for dropped in found:
        if what.stopping.is_set():
            break
        outcomes = await _pushed(what, dropped)
        if outcomes is None:
            continue
        if later := [outcome for outcome in outcomes if not (outcome.accepted or outcome.at_fault)]:
            swept.held = f"{printable(dropped.name)}  {line_of(later[0])}"
            break
        _settle(what, dropped, outcomes)
        swept.outcomes += outcomes
    return swept


async def _pushed(what: Watch, dropped: Dropped) -> Sequence[Outcome] | None:
    """What became of each story in a file; nothing when it is not there any more as it was."""
    try:
        if dropped.mark.size > MOST_BYTES:
            return [_unfit(dropped, f"larger than {MOST_BYTES} bytes")]
        text = what.folder.read(dropped)
    except FileNotFoundError:
        return None
    except OSError as error:
        return [_unfit(dropped, f"cannot be read: {error.strerror}")]
    if text is None:
        return None
    found = stories(what.form, dropped.name, text)
    return await what.push(found) if found else [_unfit(dropped, "no story in it")]


def _unfit(dropped: Dropped, detail: str) -> Outcome:
    return Outcome(NOT_SENT, None, problem={"detail": detail}, place=dropped.name)


def _settle(what: Watch, dropped: Dropped, outcomes: Sequence[Outcome]) -> None:
    refused = [outcome for outcome in outcomes if not outcome.accepted]
    said = f"{printable(dropped.name)}  {tally(outcomes)}"
    if refused:
        said = f"{said}: {line_of(refused[0])}"
    try:
        if refused:
            what.folder.refuse(dropped, _problem(dropped, outcomes))
        else:
            what.folder.accept(dropped)
    except OSError as error:
        what.folder.leave(dropped)
        what.say(f"left  {said}; it cannot be moved: {error.strerror}")
    else:
        what.say(f"{'refused' if refused else 'done'}  {said}")


def _problem(dropped: Dropped, outcomes: Sequence[Outcome]) -> bytes:
    # In ASCII: a name need not be UTF-8.
    return json.dumps({"file": dropped.name, "results": results(outcomes)}, indent=2).encode() + b"\n"
