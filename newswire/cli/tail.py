"""`newswire tail`: the feed's live stream, a line a change, for as long as somebody watches."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import httpx

from newswire.cli.changes import describe
from newswire.cli.endpoints import ready, require_http
from newswire.cli.sse import Event, Parser
from newswire.errors import FailedError, NewswireError, SetupError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_FIRST_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 15.0
_CONNECT_SECONDS: Final = 5.0
# The stream says something every 15 s; three times silent is a dead connection.
_SILENCE_SECONDS: Final = 45.0


@dataclass(frozen=True, slots=True)
class Tail:
    """What to follow, from where on (a change number, or "" for now on), and where to remember how far."""

    feed_url: str
    after: str
    state: Path | None = None
    first_wait_seconds: float = _FIRST_WAIT_SECONDS
    transport: httpx.AsyncBaseTransport | None = None


@click.command()
@click.option("--url", help="The feed's address. [default: the running stack's, else $NEWSWIRE_FEED_URL]")
@click.option("--ready-file", type=click.Path(path_type=Path), help="What `newswire up --ready-file` wrote.")
@click.option("--after", type=click.IntRange(min=-1), help="Begin after this change. [default: with what comes now]")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False), help="A file that remembers the last change.")
@click.option("--json", "as_json", is_flag=True, help="The changes as they come, one JSON object a line.")
def tail(url: str | None, ready_file: Path | None, after: int | None, state: Path | None, *, as_json: bool) -> None:
    """Follow the feed's changes until Ctrl-C: what is new, updated, withdrawn, killed or expired."""
    try:
        feed_url = _feed_url(url, ready_file)
        start = str(after) if after is not None else _remembered(state)
        show = click.echo if as_json else _show
        asyncio.run(follow(Tail(feed_url, start, state), show, _warn))
    except SetupError as error:
        raise click.UsageError(str(error)) from error
    except NewswireError as error:
        raise click.ClickException(str(error)) from error
    except (KeyboardInterrupt, BrokenPipeError):
        # The reader of the pipe, or of the screen, has seen enough.
        _silence_stdout()


async def follow(what: Tail, show: Callable[[str], None], warn: Callable[[str], None]) -> None:
    """Show the data of each change, resuming after every drop, without an end.

    Raises FailedError when the feed refuses the request itself (4xx): asking again would not help.
    """
    last, waits = what.after, 0
    async with httpx.AsyncClient(
        base_url=what.feed_url,
        timeout=httpx.Timeout(_CONNECT_SECONDS, read=_SILENCE_SECONDS),
        transport=what.transport,
        trust_env=False,
    ) as client:
        while True:
            try:
                async for event in _events(client, last):
                    waits = 0
                    if event.type == "reset":
                        warn(f"the feed could not fill the gap after change {last or '?'}; going on from {event.id}")
                    else:
                        show(event.data)
                    last = event.id
                    _remember(what.state, last)
                reason = "the feed closed the stream"
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
            wait = min(what.first_wait_seconds * 2**waits, _LONGEST_WAIT_SECONDS)
            waits = min(waits + 1, 16)
            warn(f"{reason}; again in {wait:g} s")
            await asyncio.sleep(wait)


async def _events(client: httpx.AsyncClient, last: str) -> AsyncIterator[Event]:
    headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    if last:
        headers["Last-Event-ID"] = last
    async with client.stream("GET", "/v1/stream", headers=headers) as response:
        if (
            response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
            or response.status_code == HTTPStatus.TOO_MANY_REQUESTS
        ):
            msg = f"the feed answers {response.status_code}"
            raise httpx.ReadError(msg)
        if response.status_code != HTTPStatus.OK:
            msg = f"the feed answers {response.status_code} to {response.url}"
            raise FailedError(msg)
        parser = Parser(last)
        async for piece in response.aiter_text():
            for event in parser.feed(piece):
                yield event


def _feed_url(url: str | None, ready_file: Path | None) -> str:
    found = url or ready(ready_file).get("feed") or os.environ.get("NEWSWIRE_FEED_URL")
    if not found:
        msg = "no running `newswire up` was found: say --url, or --ready-file"
        raise SetupError(msg)
    require_http(found)
    return found


def _remembered(state: Path | None) -> str:
    if state is None or not state.exists():
        return ""
    try:
        text = state.read_text("ascii").strip()
        return str(int(text)) if text else ""
    except (OSError, ValueError) as error:
        msg = f"{state} does not hold a change number"
        raise SetupError(msg) from error


def _remember(state: Path | None, last: str) -> None:
    if state is None or not last:
        return
    try:
        # By rename: a crash must not leave half a number, which is another number.
        fresh = state.with_name(state.name + ".new")
        fresh.write_text(last + "\n", "ascii")
        fresh.replace(state)
    except OSError as error:
        msg = f"cannot write {state}: {error.strerror}"
        raise SetupError(msg) from error


def _show(data: str) -> None:
    try:
        change: Any = json.loads(data)
    except ValueError:
        change = None
    if isinstance(change, dict):
        click.echo(describe(change, datetime.now(UTC).astimezone()))


def _warn(text: str) -> None:
    click.secho(text, fg="yellow", err=True)


def _silence_stdout() -> None:
    # Python flushes stdout once more at its end, and would complain of the broken pipe.
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
