"""What of an older dialect's story has no place in the canonical model: kept, flat, under `extra`.

A property of the story itself is kept under its name, those of an object further down together under the object's JSON
Pointer in the source: `{"priority": 6, "/renditions/thumbnail": {"media": "x"}}`. A key that is taken already, by the
source's own `extra` above all, becomes a pointer once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from newswire.errors import TooLargeError
from services.ingest.violations import pointer

if TYPE_CHECKING:
    Path = tuple[str, ...]

# A pointer repeats the names above it: a few hundred bytes deep down must not become megabytes.
MAX_POINTER_CHARS: Final = 256 * 1024


class Leftovers:
    """What is left of one story."""

    def __init__(self) -> None:
        self._own: dict[str, Any] = {}
        self._inner: dict[str, dict[str, Any]] = {}
        self._chars = 0

    def keep(self, path: Path, value: Any) -> None:  # noqa: ANN401 - JSON is any value
        """One more, that is at `path` in the source. Raises TooLargeError."""
        *above, name = path
        if not above:
            self._own[name] = value
            return
        key = pointer(above)
        if key not in self._inner:
            self._chars += len(key)
        if self._chars > MAX_POINTER_CHARS:
            msg = "too much that has no place, too far down"
            raise TooLargeError(msg)
        self._inner.setdefault(key, {})[name] = value

    def beside(self, given: dict[str, Any]) -> dict[str, Any]:
        """The whole `extra`, where the source gives one of its own."""
        extra = dict(given)
        for key, value in (*self._own.items(), *self._inner.items()):
            free = key
            while free in extra and extra[free] != value:
                free = pointer([free])
            extra[free] = value
        return extra
