"""`newswire ingest|enrich|projector|feed`: one service each, set by `NEWSWIRE_*` environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from pydantic import ValidationError

from newswire.errors import NewswireError

if TYPE_CHECKING:
    from collections.abc import Callable

# Imported in each command: one service's process need not hold another's libraries.


@click.command()
def ingest() -> None:
    """Take stories in over HTTP, and publish them to Kafka."""
    from services.ingest.__main__ import main  # noqa: PLC0415 - as above

    _run(main)


@click.command()
def enrich() -> None:
    """Enrich accepted stories: one worker; more share the work."""
    from services.enrich.__main__ import main  # noqa: PLC0415 - as above

    _run(main)


@click.command()
def projector() -> None:
    """Project enriched stories into Redis, and run the clock beside it."""
    from services.feed.__main__ import main  # noqa: PLC0415 - as above

    _run(main, "projector")


@click.command()
def feed() -> None:
    """Serve the feed, its live stream and the reader's pages."""
    from services.feed.__main__ import main  # noqa: PLC0415 - as above

    _run(main, "feed")


def _run(main: Callable[..., None], *arguments: str) -> None:
    """Run a service; what goes wrong before its logs are set up is a line for a person, and later one of its log."""
    try:
        main(*arguments)
    except (NewswireError, OSError) as error:
        # A TimeoutError, for one, has no text of its own.
        raise click.ClickException(str(error) or type(error).__name__) from error
    except ValidationError as error:
        faults = [f"NEWSWIRE_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
        raise click.UsageError("\n".join(faults)) from error
