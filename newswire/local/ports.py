"""The ports of the embedded stack, all on the loopback interface."""

from __future__ import annotations

import socket
from dataclasses import asdict, dataclass, fields
from typing import Final

import psutil

from newswire.errors import SetupError

HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """One port a listener; the order of the fields is the order that `--port-base` counts in."""

    feed: int = 8080
    ingest: int = 8081
    enrich: int = 8082
    projector: int = 8083
    kafka: int = 9092
    controller: int = 9093
    redis: int = 6379

    @classmethod
    def from_base(cls, base: int) -> Ports:
        """Consecutive ports, the feed's first."""
        return cls(*range(base, base + len(fields(cls))))

    def named(self) -> dict[str, int]:
        """The ports by the name of what listens there."""
        return asdict(self)


def check_free(ports: Ports) -> None:
    """Refuse to start, naming each port that is taken and by whom."""
    taken = [f"port {port} ({name}) is taken{_holder(port)}" for name, port in ports.named().items() if _taken(port)]
    if taken:
        msg = "; ".join(taken) + ". `--port-base N` moves all ports to N and the six after it"
        raise SetupError(msg)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a connection in TIME_WAIT of the last run is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return True
    return False


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.pid and connection.laddr[1:2] == (port,):
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        # macOS tells it to root only; the port's number is what matters.
        return ""
    return ""
