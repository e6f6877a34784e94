"""Server-Sent Events, parsed as the WHATWG's HTML standard says. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from newswire.errors import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator

# A story is 1 MiB at most; JSON in JSON may be longer. What never ends a line is no event stream.
MAX_EVENT_CHARS: Final = 16 * 1024 * 1024
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its type, its data, and the last event id as of it."""

    type: str
    data: str
    id: str


@dataclass(slots=True)
class Parser:
    """Takes the text of a stream piece by piece, and gives the events that are whole.

    `last_id` is what to resume after; start with it when a stream is resumed.
    """

    last_id: str = ""
    retry_seconds: float | None = None
    _rest: str = ""
    _id: str = ""
    _type: str = ""
    _data: list[str] = field(default_factory=list)
    _begun: bool = False

    def __post_init__(self) -> None:
        self._id = self.last_id

    def feed(self, piece: str) -> Iterator[Event]:
        """The events that end in this piece. Raises TooLargeError."""
        text = self._rest + piece
        if not self._begun and text:
            text, self._begun = text.removeprefix("\ufeff"), True
        start = 0
        for end in _LINE_END.finditer(text):
            if end.group() == "\r" and end.end() == len(text):
                break  # the first half of a CR LF, maybe
            yield from self._line(text[start : end.start()])
            start = end.end()
        self._rest = text[start:]
        if len(self._rest) + sum(map(len, self._data)) > MAX_EVENT_CHARS:
            msg = "an event that does not end"
            raise TooLargeError(msg)

    def _line(self, line: str) -> Iterator[Event]:
        if not line:
            # Only now: an id whose event never came whole must not be resumed after.
            self.last_id = self._id
            if self._data:
                yield Event(self._type or "message", "\n".join(self._data), self.last_id)
            self._type, self._data = "", []
            return
        name, _, value = line.partition(":")
        self._field(name, value.removeprefix(" "))

    def _field(self, name: str, value: str) -> None:
        match name:
            case "event":
                self._type = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdecimal():
                self.retry_seconds = int(value) / 1000
