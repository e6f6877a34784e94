from __future__ import annotations

import json
import sys
from pathlib import Path

from newswire.local.ports import Ports
from newswire.local.ready import PIDS, announce, ready_json, withdraw
from newswire.local.services import SERVICES, Site, environment, service

SITE = Site(Path("/data"), Ports.from_base(9000), Path("/data/providers.toml"))


def test_the_services_find_this_very_stack() -> None:
    env = environment(SITE, {"NEWSWIRE_KAFKA": "elsewhere:1", "NEWSWIRE_REDIS": "redis://elsewhere"})
    assert env["NEWSWIRE_KAFKA"] == "127.0.0.1:9004"
    assert env["NEWSWIRE_REDIS"] == "redis://127.0.0.1:9006/0"
    assert env["NEWSWIRE_PROVIDERS"] == "/data/providers.toml"
    assert [env[f"NEWSWIRE_{name.upper()}_PORT"] for name in SERVICES] == ["9001", "9002", "9003", "9000"]
    assert [env[f"NEWSWIRE_{name.upper()}_METRICS_PORT"] for name in SERVICES] == ["9008", "9009", "9010", "9007"]
    assert env["NEWSWIRE_METRICS_HOST"] == "127.0.0.1"
    assert env["NEWSWIRE_PUBLIC_URL"] == env["NEWSWIRE_FEED_URL"] == "http://127.0.0.1:9000"
    assert (env["NEWSWIRE_HOST"], env["NEWSWIRE_DATA"]) == ("127.0.0.1", "/data/enrich")


def test_what_the_user_has_set_stays() -> None:
    env = environment(SITE, {"NEWSWIRE_PUBLIC_URL": "https://wire.example", "NEWSWIRE_CHANGES_KEPT": "10", "X": "1"})
    assert env["NEWSWIRE_PUBLIC_URL"] == "https://wire.example"
    assert (env["NEWSWIRE_CHANGES_KEPT"], env["X"]) == ("10", "1")


def test_a_service_is_a_subcommand_with_a_log_of_its_own() -> None:
    program = service("feed", SITE, {}).program
    assert list(program.argv()) == [sys.executable, "-m", "newswire", "feed"]
    assert program.log == Path("/data/logs/feed.log")


def test_the_ready_file_is_as_the_contract_says(tmp_path: Path) -> None:
    pids = {name: number for number, name in enumerate(PIDS)}
    text = ready_json(SITE, "dev.secret", ("127.0.0.1:9004", "redis://127.0.0.1:9006/0"), pids)
    assert json.loads(text) == {
        "ingest": "http://127.0.0.1:9001",
        "feed": "http://127.0.0.1:9000",
        "kafka": "127.0.0.1:9004",
        "redis": "redis://127.0.0.1:9006/0",
        "key": "dev.secret",
        "providers": "/data/providers.toml",
        "data": "/data",
        "metrics": {
            "ingest": "http://127.0.0.1:9008/metrics",
            "enrich": "http://127.0.0.1:9009/metrics",
            "projector": "http://127.0.0.1:9010/metrics",
            "feed": "http://127.0.0.1:9007/metrics",
        },
        "health": {
            "ingest": "http://127.0.0.1:9001",
            "enrich": "http://127.0.0.1:9002",
            "projector": "http://127.0.0.1:9003",
            "feed": "http://127.0.0.1:9000",
        },
        "pids": {"kafka": 0, "redis": 1, "ingest": 2, "enrich": 3, "projector": 4, "feed": 5},
    }
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    announce(files, text)
    assert [path.read_text() for path in files] == [text, text]
    withdraw(files)
    withdraw(files)
    assert list(tmp_path.iterdir()) == []
