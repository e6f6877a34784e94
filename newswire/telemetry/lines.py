"""Where log lines go: a file descriptor, written past all buffers. A line that cannot be written is lost, no more."""

from __future__ import annotations

import io
import threading
from contextlib import suppress


class Lines:
    """A logger for structlog, and a stream for the standard library's handler: their lines never mix.

    A full disk or a reader that went away must not end a service: no method raises. Buffered, such a line would be
    tried again with each one that follows, and at the interpreter's end, which would then fail.
    """

    def __init__(self, descriptor: int) -> None:
        self._file = io.FileIO(descriptor, "w", closefd=False)
        # One thread may get here twice: a garbage collection amid a write runs finalizers that log.
        self._lock = threading.RLock()

    def msg(self, line: bytes) -> None:
        """Write a line that has no end yet."""
        left = memoryview(line + b"\n")
        with self._lock, suppress(OSError, ValueError):
            while left:
                # None where the reader of a pipe that does not block is slow: the rest is lost.
                left = left[self._file.write(left) or len(left) :]

    debug = info = warning = error = critical = msg

    def write(self, text: str) -> None:
        """Write a line that ends already, as the standard library hands it."""
        self.msg(text.rstrip("\n").encode("utf-8", "backslashreplace"))

    def flush(self) -> None:
        """Nothing is held back."""
