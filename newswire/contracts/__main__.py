"""`python -m newswire.contracts FOLDER`: writes the documents; adds new examples to the lists, refuses altered ones."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from newswire.contracts.documents import generate, write
from newswire.contracts.examples import AlteredExampleError


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Write the contracts into FOLDER."""
    try:
        written = write(folder, asyncio.run(generate(folder)))
    except AlteredExampleError as error:
        raise click.ClickException(str(error)) from error
    for name in written:
        click.echo(f"{folder / name} is new")


if __name__ == "__main__":
    main()
