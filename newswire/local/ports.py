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
    feed_metrics: int = 9180
    ingest_metrics: int = 9181
    enrich_metrics: int = 9182
    projector_metrics: int = 9183

    @classmethod
    def from_base(cls, base: int) -> Ports:
        """Consecutive ports, the feed's first."""
        return cls(*range(base, base + len(fields(cls))))

    def named(self) -> dict[str, int]:
        """The ports by the name of what listens there."""
        return asdict(self)


def check_free(ports: Ports) -> None:
    """Refuse to start, naming each port that is taken and by whom."""
    faults = [f"port {port} ({name}) is taken{_by(port)}" for name, port in ports.named().items() if taken(port)]
    if faults:
        after = len(fields(ports)) - 1
        msg = "; ".join(faults) + f". `--port-base N` moves all ports to N and the {after} after it"
        raise SetupError(msg)


def taken(port: int) -> bool:
    """Whether nobody else could listen there now."""
    with socket.socket() as probe:
        # As servers do: a connection in TIME_WAIT of the last run is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return True
    return False


def holder(port: int) -> psutil.Process | None:
    """The process that listens there; None where that cannot be told (macOS tells it to root only)."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.pid and connection.laddr[1:2] == (port,):
                return psutil.Process(connection.pid)
    except psutil.Error:
        return None
    return None


def _by(port: int) -> str:
    try:
        process = holder(port)
        return f" by {process.name()} (pid {process.pid})" if process else ""
    except psutil.Error:
        return ""
