from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from newswire.errors import SetupError
from newswire.local.ports import HOST, Ports, check_free
from tests.support.ports import free_port_base


def test_a_base_moves_every_port_the_feed_first() -> None:
    assert Ports.from_base(9000).named() == {
        "feed": 9000,
        "ingest": 9001,
        "enrich": 9002,
        "projector": 9003,
        "kafka": 9004,
        "controller": 9005,
        "redis": 9006,
        "feed_metrics": 9007,
        "ingest_metrics": 9008,
        "enrich_metrics": 9009,
        "projector_metrics": 9010,
    }


def test_free_ports_are_no_obstacle() -> None:
    check_free(Ports.from_base(free_port_base()))


def test_a_taken_port_is_named_with_its_use_and_the_way_out() -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SetupError, match=rf"port {port} \(redis\) is taken.*--port-base.* 10 after it"):
            check_free(replace(Ports.from_base(free_port_base()), redis=port))
