"""JSON logs: one object a line, a constant message, the data in fields. Never a body, never a secret.

CRITICAL is the end of a process, ERROR a bug, WARNING something that recovered, INFO one unit of work. The line of a
story's way names it by `uri`, `version` and `trace_id`, the same in all services.
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import orjson
import structlog

from newswire.telemetry.exceptions import is_ours, render_exception
from newswire.telemetry.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog.typing import EventDict, Processor, WrappedLogger

# As long as a uri may be; a version, which ninjs does not bound, could else fill four services' logs.
MOST_CHARS: Final = 2048
# What aiokafka says at ERROR at each attempt while a broker is away; what follows from it is ours to say, once.
_RECONNECTING: Final = (
    "Unable connect to ",
    "Unable to update metadata from ",
    "Failed fetch messages from ",
    "Failed fetch offsets from ",
    "Group Coordinator Request failed",
    "FindCoordinator Request failed",
    "Heartbeat send request failed",
    "Heartbeat session expired",
)
# Each failed export and each retry of one, for ever: `newswire.telemetry.exporter` says it once.
_EXPORTING: Final = ("opentelemetry.exporter", "opentelemetry.sdk._shared_internal")


def configure_logs(service: str, level: str = "INFO") -> None:
    """Send structlog's and the standard library's records to stderr in one form."""

    def name_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    shared: list[Processor] = [
        name_service,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(render_exception),
    ]
    lines = Lines(sys.stderr.fileno())
    structlog.configure(
        processors=[_bound, *shared, _render],
        # Past the standard library, which takes several times as long for a line.
        logger_factory=lambda *_: lines,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    _configure_standard(shared, lines, level)


def log_fatal(error: BaseException) -> None:
    """Say what ends this process: by its text where we wrote it, else by the way to the bug."""
    log = structlog.get_logger()
    if is_ours(error):
        # A TimeoutError, for one, has no text of its own.
        log.critical("fatal", error_type=type(error).__name__, error=str(error) or type(error).__name__)
    else:
        log.critical("fatal", error_type=type(error).__name__, exc_info=error)


@contextmanager
def last_words() -> Iterator[None]:
    """Around all that a service does once its logs are configured: an error ends it with one line and exit code 1."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the outermost of all
        log_fatal(error)
        sys.exit(1)


def _configure_standard(shared: list[Processor], lines: Lines, level: str) -> None:
    handler = logging.StreamHandler(lines)
    handler.addFilter(_is_news)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render_text],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    for name in _EXPORTING:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _is_news(record: logging.LogRecord) -> bool:
    return not (record.name.startswith("aiokafka") and str(record.msg).startswith(_RECONNECTING))


def _bound(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Cut what a caller has sent. First of all: a traceback, which comes later, stays whole."""
    for key, value in event.items():
        if isinstance(value, str) and len(value) > MOST_CHARS:
            event[key] = value[:MOST_CHARS]
    return event


def _render(_: WrappedLogger, __: str, event: EventDict) -> bytes:
    try:
        return orjson.dumps(event, default=repr)
    except TypeError:
        # A lone surrogate, or a number past 64 bits: no field may cost the line, nor the line the service.
        return json.dumps({_plain(key): _plain(value) for key, value in event.items()}, default=repr).encode()


def _render_text(logger: WrappedLogger, name: str, event: EventDict) -> str:
    return _render(logger, name, event).decode()


def _plain(value: object) -> object:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
