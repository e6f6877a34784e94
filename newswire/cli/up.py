"""`newswire up`: Kafka, Redis and the four services on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from newswire.cli.push import push_samples
from newswire.errors import NewswireError
from newswire.local.brokers import Tools, brokers, find_tools
from newswire.local.folder import check_space, locked
from newswire.local.interrupts import Interrupts
from newswire.local.leftovers import stop_leftovers
from newswire.local.ports import Ports, check_free
from newswire.local.provider import development_provider
from newswire.local.ready import withdraw
from newswire.local.stack import Options, Stack

if TYPE_CHECKING:
    from collections.abc import Callable

_PORTS = len(Ports().named())
_HIGHEST_BASE = 65_536 - _PORTS


@click.command()
@click.option(
    "--data", default=".newswire/data", show_default=True, type=click.Path(path_type=Path), help="The data folder."
)
@click.option(
    "--port-base",
    type=click.IntRange(1024, _HIGHEST_BASE),
    help=f"Use the {_PORTS} ports from here, the feed's first.",
)
@click.option("--ready-file", type=click.Path(path_type=Path), help="Written as JSON once every service answers.")
@click.option("--no-samples", is_flag=True, help="Do not push the sample stories on the first start.")
def up(data: Path, port_base: int | None, ready_file: Path | None, *, no_samples: bool) -> None:
    """Run the whole stack on this machine, until Ctrl-C. What dies is restarted; a second start keeps the data."""
    ports = Ports.from_base(port_base) if port_base else Ports()
    options = Options(
        data.absolute(), ports, ready_file and ready_file.absolute(), None if no_samples else push_samples
    )
    # What the driver says of a broker that is not there yet is no news: the probes retry.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        run(options, Console(highlight=False, soft_wrap=True))
    except NewswireError as error:
        raise click.ClickException(str(error)) from error


def run(options: Options, console: Console) -> None:
    """Check everything that can be checked before a process is started, then run until a signal comes."""
    with locked(options.data):
        withdraw(options.ready_files)
        check_space(options.data)
        if stopped := stop_leftovers(options.data):
            console.print(f"Stopped what an earlier start had left running: {', '.join(stopped)}")
        check_free(options.ports)
        tools = find_tools(console)
        asyncio.run(_until_stopped(options, tools, _printer(console)))


async def _until_stopped(options: Options, tools: Tools, say: Callable[[str], None]) -> None:
    interrupts = Interrupts()
    began = time.monotonic()
    say("Starting Kafka, Redis and the services …")
    both = await brokers(tools, options.data, options.ports, say)
    stack = Stack(options, development_provider(options.data, os.environ), both, say)
    interrupts.hurry = stack.supervisor.kill
    try:
        if await interrupts.unless_stopped(stack.start()):
            say(f"Everything answers, after {time.monotonic() - began:.1f} s.")
            await interrupts.unless_stopped(stack.watch())
        say("Stopping …")
    finally:
        await stack.stop()
    say("Stopped. The data is kept.")


def _printer(console: Console) -> Callable[[str], None]:
    return lambda line: console.print(line, markup=False)
