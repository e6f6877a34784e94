"""Who listens on the default ports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from newswire.local.ports import Ports, holder, taken

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class TakenPort:
    """A port in use: by whom is empty where it cannot be told, `newswire_pid` is the `newswire` command's behind it."""

    name: str
    port: int
    by: str = ""
    pid: int | None = None
    newswire_pid: int | None = None


def look_at_ports(ports: Ports) -> tuple[TakenPort, ...]:
    """Those of the ports that are taken."""
    return tuple(_describe(name, port) for name, port in ports.named().items() if taken(port))


def _describe(name: str, port: int) -> TakenPort:
    try:
        process = holder(port)
        if process is None:
            return TakenPort(name, port)
        family = [process, *process.parents()]
        ours = next((each.pid for each in reversed(family) if is_newswire(each.cmdline())), None)
        return TakenPort(name, port, f"{process.name()} (pid {process.pid})", process.pid, ours)
    except psutil.Error:
        return TakenPort(name, port)


def is_newswire(command: Sequence[str]) -> bool:
    """Whether this runs the `newswire` command: as a script, or as `python -m newswire`."""
    return any(Path(word).name == "newswire" for word in command[:3])
