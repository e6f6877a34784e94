"""Settings of the feed's processes, from NEWSWIRE_* environment variables."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter

from newswire.addresses import RedisUrl  # noqa: TC001 - pydantic reads the annotation
from newswire.telemetry.settings import TelemetrySettings

_HTTP_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


def _base_url(text: str) -> str:
    """An http(s) URL without its last slash: paths are put behind it."""
    _HTTP_URL.validate_python(text)
    return text.rstrip("/")


class FeedSettings(TelemetrySettings):
    """The HTTP side: what it reads, where it listens, and how the feed is called."""

    redis: RedisUrl = "redis://127.0.0.1:6379/0"
    wire: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "main"
    host: str = "127.0.0.1"
    feed_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    feed_metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9180
    # Where readers reach this feed; in every absolute link.
    public_url: Annotated[str, AfterValidator(_base_url)] = "http://127.0.0.1:8080"
    feed_title: str = "Newswire"
    feed_description: str = "The latest stories, as they come in."
    feed_language: str = "en"
    feed_licence: str = ""
    # Open streams and waiting polls of one process; one more is answered 503.
    feed_streams: Annotated[int, Field(ge=1)] = 2000


class ProjectorSettings(TelemetrySettings):
    """The projector: the log it follows, the view it keeps, and where its health is asked for."""

    kafka: str = "127.0.0.1:9092"
    redis: RedisUrl = "redis://127.0.0.1:6379/0"
    wire: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "main"
    # How many changes a follower may be behind before it gets a reset.
    changes_kept: Annotated[int, Field(ge=1)] = 100_000
    host: str = "127.0.0.1"
    projector_port: Annotated[int, Field(ge=0, le=65535)] = 8083
    projector_metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9183
