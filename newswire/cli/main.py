"""The `newswire` command. Each subcommand is imported when it is called, so that --help is quick."""

from __future__ import annotations

import importlib
from typing import Final

import click

# Name: (module, attribute, what it does).
_COMMANDS: Final = {
    "up": ("newswire.cli.up", "up", "Run the whole stack on this machine, until Ctrl-C."),
    "push": ("newswire.cli.push", "push", "Push stories from files or stdin."),
    "tail": ("newswire.cli.tail", "tail", "Follow the feed's changes as they come."),
    "keys": ("newswire.cli.keys", "keys", "Say who may publish: providers, their keys and secrets."),
    "doctor": ("newswire.cli.doctor", "doctor", "Say what is missing on this machine, and how the stack is."),
    "topics": ("newswire.cli.topics", "topics", "Create and set right the topics of a Kafka that runs elsewhere."),
    "ingest": ("newswire.cli.services", "ingest", "Run the service that takes stories in."),
    "enrich": ("newswire.cli.services", "enrich", "Run one enrichment worker."),
    "projector": ("newswire.cli.services", "projector", "Run the projector, the writer of the feed's view."),
    "feed": ("newswire.cli.services", "feed", "Run the service that serves the feed."),
}


class _Lazy(click.Group):
    """A group that knows its commands' names, and imports them one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="newswire", prog_name="newswire")
def cli() -> None:
    """Event-driven news publishing: stories in over HTTP, through Kafka, onto a live feed."""


def main() -> None:
    """The console script."""
    cli(prog_name="newswire")
