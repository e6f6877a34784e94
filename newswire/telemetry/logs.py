"""JSON logs: one object a line, a constant message, the data in fields. Never a body, never a secret.

ERROR is a bug, WARNING something that recovered, INFO one unit of work. The line of a story's way names it by `uri`,
`version` and `trace_id`, the same in all services.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Final

import orjson
import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

# As long as a uri may be; a version, which ninjs does not bound, could else fill four services' logs.
MOST_CHARS: Final = 2048


def configure_logs(service: str, level: str = "INFO") -> None:
    """Send structlog's and the standard library's records to stderr in one form."""

    def name_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    shared: list[Processor] = [
        name_service,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render_text],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Both log each reconnect attempt at ERROR; what follows from it is ours to say, once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[_bound, *shared, _render],
        # Past the standard library, which takes several times as long for a line.
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )


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
