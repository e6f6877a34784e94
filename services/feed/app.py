"""Wires the feed's process: Redis, the tail of the change log, HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newswire.health import watch_checks
from newswire.serving import run_together, serve, stop_event
from newswire.telemetry.metrics import FEED, Meter
from services.feed.api import Feed, checks, create_app
from services.feed.page import Site
from services.feed.store.connection import connect
from services.feed.store.reader import Reader
from services.feed.tail import Tail

if TYPE_CHECKING:
    from services.feed.settings import FeedSettings


async def run_feed(settings: FeedSettings) -> None:
    """Serve until a signal. Raises OSError when the port cannot be had."""
    stop = stop_event()
    redis = connect(settings.redis)
    meter = Meter(FEED)
    reader = Reader(redis, settings.wire)
    tail = Tail(reader, settings.public_url, meter, stop)
    site = Site(
        public_url=settings.public_url,
        title=settings.feed_title,
        description=settings.feed_description,
        language=settings.feed_language,
        licence=settings.feed_licence,
    )
    feed = Feed(reader, tail, site, settings.feed_streams, meter)
    try:
        await run_together(
            stop,
            tail.run(),
            tail.pulse(),
            watch_checks(checks(feed), meter, stop),
            serve(create_app(feed), settings.host, settings.feed_port, stop),
            serve(meter.app(), settings.metrics_host, settings.feed_metrics_port, stop),
        )
    finally:
        await redis.aclose()
