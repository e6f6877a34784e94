"""An exception as text for a log: where it came from, and never what it choked on."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final

from newswire.errors import NewswireError

if TYPE_CHECKING:
    from structlog.typing import ExcInfo

# A chain that leads back to itself can be made, if not by accident.
_MOST_CAUSES: Final = 8


def is_ours(error: BaseException) -> bool:
    """Whether its text may be told: ours, or the system's. Others quote what they were given (pydantic the input)."""
    return isinstance(error, NewswireError | OSError)


def render_exception(exc_info: ExcInfo) -> str:
    """The frames of an exception and of what it came from, the first of them first, each with its type."""
    parts: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None and len(parts) < _MOST_CAUSES:
        parts.append("".join(traceback.format_tb(error.__traceback__)) + _head(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\n".join(reversed(parts))


def _head(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if is_ours(error) else type(error).__name__
