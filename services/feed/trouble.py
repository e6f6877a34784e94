"""What goes wrong again and again: said once of each kind, and once when it is over."""

from __future__ import annotations

import structlog

from services.feed.store.connection import cause_of

log = structlog.get_logger()


class Trouble:
    """`event` names the lines of what went wrong, `over_event` the one of its end."""

    def __init__(self, event: str, over_event: str) -> None:
        self._event = event
        self._over_event = over_event
        self._met: set[tuple[str, str | None]] = set()

    def met(self, error: Exception) -> None:
        """It went wrong, once more or for the first time."""
        kind = (type(error).__name__, cause_of(error))
        if kind not in self._met:
            self._met.add(kind)
            log.warning(self._event, error_type=kind[0], error=str(error), cause=kind[1])

    def over(self) -> None:
        """All is well, again or still."""
        if self._met:
            self._met.clear()
            log.info(self._over_event)
