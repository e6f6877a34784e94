"""From pydantic's errors to JSON Pointers (RFC 6901) into the text that was sent. Story text is never echoed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from newswire.errors import Violation, ViolationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

# An answer must not be a thousand times its question: {"a":0,"b":0,…} has a violation every 6 bytes.
MAX_NAMED: Final = 100
_MAX_KEY_CHARS: Final = 200
_DETAILS: Final = {
    "extra_forbidden": "no such property",
    "missing": "required",
}


def pointer(path: Iterable[str | int]) -> str:
    """A JSON Pointer."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def violation_error(error: ValidationError, value: object) -> ViolationError:
    """Every fault that pydantic found in `value`, each at its place."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    found = dict.fromkeys(_violation(fault, value) for fault in faults)
    named = tuple(found)[:MAX_NAMED]
    detail = f"{len(found)} violations" if len(found) > 1 else "1 violation"
    if len(named) < len(found):
        detail += f", of which {len(named)} are named"
    return ViolationError(detail, named)


def _violation(fault: ErrorDetails, value: object) -> Violation:
    path = _path(fault["loc"], value)
    detail = _DETAILS.get(fault["type"]) or _plain(fault["msg"])
    if path and isinstance(path[-1], str) and len(path[-1]) > _MAX_KEY_CHARS:
        return Violation(pointer(path[:-1]), f"{detail}: a key of {len(path[-1])} characters")
    if fault["type"] == "missing":
        path = [*path, fault["loc"][-1]]
    return Violation(pointer(path), detail)


def _path(loc: tuple[str | int, ...], value: Any) -> list[str | int]:  # noqa: ANN401 - JSON is any value
    """The parts of `loc` that lead into `value`: pydantic also names the branch of a union that it tried."""
    path: list[str | int] = []
    for part in loc:
        if _leads_on(part, value):
            value = value[part]
            path.append(part)
    return path


def _leads_on(part: str | int, value: object) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def _plain(message: str) -> str:
    # datetime names the text that it could not read, whatever its length.
    return "not a date-time (RFC 3339)" if "isoformat" in message else message.removeprefix("Value error, ")
