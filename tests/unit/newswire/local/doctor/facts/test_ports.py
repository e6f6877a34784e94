from __future__ import annotations

import os
import socket
from dataclasses import replace

import pytest

from newswire.local.doctor.facts.ports import is_newswire, look_at_ports
from newswire.local.ports import HOST, Ports
from tests.support.ports import free_port_base


def test_a_taken_port_is_told_with_its_holder() -> None:
    ports = Ports.from_base(free_port_base())
    assert look_at_ports(ports) == ()
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        (taken,) = look_at_ports(replace(ports, redis=port))
    assert (taken.name, taken.port) == ("redis", port)
    # macOS tells the holder to root only.
    assert taken.pid in {os.getpid(), None}


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        ("/opt/.venv/bin/python /opt/.venv/bin/newswire up", True),
        ("python -m newswire ingest", True),
        ("python -m pytest tests/unit/newswire", False),
        ("java -cp /home/me/newswire/jars kafka.Kafka", False),
        ("", False),
    ],
)
def test_what_is_a_newswire(command: str, *, ours: bool) -> None:
    assert is_newswire(command.split()) is ours
