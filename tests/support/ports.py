"""Ports for servers that a test starts."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from typing import Final

from newswire.local.ports import Ports

# Below the range that the kernel takes for outgoing connections, which would be in the way now and then.
_LOWEST: Final = 10_240
_HIGHEST: Final = 31_000
STACK_PORTS: Final = len(Ports().named())


def free_port() -> int:
    """A port that nobody listens on now."""
    return free_port_base(1)


def free_port_base(count: int = STACK_PORTS) -> int:
    """The first of some ports in a row that nobody listens on now."""
    for _ in range(100):
        base = random.randint(_LOWEST, _HIGHEST)
        if _free(range(base, base + count)):
            return base
    message = f"no {count} free ports in a row"
    raise OSError(message)


def _free(ports: range) -> bool:
    with ExitStack() as opened:
        for port in ports:
            probe = opened.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
