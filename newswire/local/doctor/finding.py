"""One line of the report. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Verdict = Literal["ok", "warn", "fail"]
_SEVERITY: Final[tuple[Verdict, ...]] = ("ok", "warn", "fail")


MACHINE: Final = "This machine"
TOOLS: Final = "Tools"
PORTS: Final = "Ports"
STACK: Final = "Stack"
KAFKA: Final = "Kafka"
REDIS: Final = "Redis"
SERVICES: Final = "Services"
CLOCKS: Final = "Clocks"
# In the report's order.
GROUPS: Final = (MACHINE, TOOLS, PORTS, STACK, KAFKA, REDIS, SERVICES, CLOCKS)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was found, and what to do about it where it is not in order."""

    group: str
    name: str
    verdict: Verdict
    found: str
    hint: str = ""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest of them."""
    return max(verdicts, key=_SEVERITY.index, default="ok")
