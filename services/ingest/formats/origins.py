"""Where in the source each part of a translated story came from, so that violations point there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from newswire.errors import Violation
from services.ingest.violations import pointer

if TYPE_CHECKING:
    Path = tuple[str, ...]

# A pointer repeats every name above the fault: one of a megabyte would come back with each.
_MAX_NAME_CHARS: Final = 200


class Origins:
    """The paths of one story: from the canonical to the source's."""

    def __init__(self, story: dict[str, Any]) -> None:
        self._story = story
        self._sources: dict[Path, Path] = {}

    def record(self, target: Path, source: Path) -> None:
        """What is now at `target` was at `source`."""
        self._sources[target] = source

    def placed(self, violation: Violation) -> Violation:
        """The violation with its pointer as far down as the source goes, and one more for what is missing."""
        path = tuple(_parts(violation.pointer))
        known = next((length for length in range(len(path), 0, -1) if path[:length] in self._sources), 0)
        source = (*self._sources.get(path[:known], ()), *path[known:])
        there = _there(source, self._story)
        return Violation(pointer(source[: there + (violation.detail == "required")]), violation.detail)

    def named(self, source: Path, detail: str) -> Violation:
        """A violation at a place in the source."""
        return Violation(pointer(source[: _there(source, self._story)]), detail)


def _there(path: Path, value: Any) -> int:  # noqa: ANN401 - JSON is any value
    """How many parts of a path lead on, by names of a size to be repeated."""
    for length, part in enumerate(path):
        if len(part) > _MAX_NAME_CHARS:
            return length
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            return length
    return len(path)


def _parts(text: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]
