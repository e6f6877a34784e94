"""`newswire topics`: the topics as the contract wants them, for a Kafka that `newswire up` does not run."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import click

from newswire.admin import ensure_topics
from newswire.errors import NewswireError
from newswire.topics import TOPICS

if TYPE_CHECKING:
    from newswire.admin import Done
    from newswire.topics import Topic


@click.command()
@click.option("--kafka", envvar="NEWSWIRE_KAFKA", default="127.0.0.1:9092", show_default=True, show_envvar=True)
@click.option(
    "--replication",
    envvar="NEWSWIRE_REPLICATION",
    default=1,
    show_default=True,
    show_envvar=True,
    type=click.IntRange(1, 32),
    help="Copies of each record that a new topic keeps, and an old one must have.",
)
@click.option(
    "--timeout",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds to wait for a Kafka that is not there yet.",
)
def topics(kafka: str, replication: int, timeout: float) -> None:
    """Create the topics that are missing, and set right the configuration of those that are there.

    Ends with 0 once all are as they must be. Nothing is altered twice: it may run before every start.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        done = asyncio.run(ensure_topics(kafka, timeout_seconds=timeout, replication=replication))
    except NewswireError as error:
        raise click.ClickException(str(error)) from error
    for topic in TOPICS:
        click.echo(describe(topic, done))


def describe(topic: Topic, done: Done) -> str:
    """One topic's line: what it is, and what was done to it."""
    what = [each.corrected for each in done.corrected if each.topic == topic.name]
    if topic.name in done.created:
        what.insert(0, "created")
    return f"{topic.name:20} {topic.partitions:2} partitions  {'; '.join(what) or 'as it must be'}"
