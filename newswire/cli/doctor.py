"""`newswire doctor`: what is missing on this machine and how to get it, and how a stack that runs is."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.text import Text

from newswire.cli.endpoints import ready_content
from newswire.errors import SetupError
from newswire.local.doctor.examination import examine
from newswire.local.doctor.finding import worst
from newswire.local.doctor.place import place
from newswire.version import version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newswire.local.doctor.finding import Finding

_STYLES: Final = {"ok": "green", "warn": "yellow", "fail": "bold red"}
_INDENT: Final = " " * 8


@click.command()
@click.option("--ready-file", type=click.Path(path_type=Path), help="What `newswire up --ready-file` wrote.")
@click.option(
    "--data", default=".newswire/data", show_default=True, type=click.Path(path_type=Path), help="The data folder."
)
@click.option("--json", "as_json", is_flag=True, help="The findings as one JSON object.")
def doctor(ready_file: Path | None, data: Path, *, as_json: bool) -> None:
    """Look at this machine, and at the stack that runs, if one does; nothing is changed and nothing downloaded.

    A stack is found by its ready file, else by NEWSWIRE_KAFKA, NEWSWIRE_REDIS and the NEWSWIRE_INGEST_URL,
    _ENRICH_URL, _PROJECTOR_URL and _FEED_URL of its services. Ends with 1 when something fails.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        ready = ready_content(ready_file, data / "ready.json")
    except SetupError as error:
        raise click.UsageError(str(error)) from error
    findings = asyncio.run(examine(place(data, ready, os.environ)))
    if as_json:
        click.echo(json.dumps(to_json(findings), indent=2))
    else:
        show(findings, Console(highlight=False, soft_wrap=True))
    if worst(each.verdict for each in findings) == "fail":
        raise SystemExit(1)


def to_json(findings: Sequence[Finding]) -> dict[str, object]:
    """The report for programs."""
    verdict = worst(each.verdict for each in findings)
    return {"newswire": version(), "verdict": verdict, "findings": [asdict(each) for each in findings]}


def show(findings: Sequence[Finding], console: Console) -> None:
    """The report for a person: a line a finding, and a hint below what is not in order."""
    console.print(Text(f"newswire {version()}"))
    width = max(len(each.name) for each in findings)
    for group, lines in groupby(findings, lambda each: each.group):
        console.print(Text(f"\n{group}", "bold"))
        for each in lines:
            console.print(
                Text.assemble(
                    "  ", (f"{each.verdict:4}", _STYLES[each.verdict]), f"  {each.name:{width}}  {each.found}"
                )
            )
            if each.hint:
                console.print(Text(f"{_INDENT}{' ' * width}  → {each.hint}", "dim"))
    console.print(Text(f"\n{summary(findings)}"))


def summary(findings: Sequence[Finding]) -> str:
    """How much is not in order."""
    failing, odd = (sum(each.verdict == verdict for each in findings) for verdict in ("fail", "warn"))
    if failing:
        return f"{failing} of {len(findings)} fail, {odd} are worth a look."
    return f"Nothing fails, {odd} of {len(findings)} are worth a look." if odd else "All is in order."
