from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from newswire.local.cache import cache_path
from newswire.local.kafka import _archive_flags, _keep_archive, archive_path, new_cluster_id, server_properties
from newswire.local.ports import Ports
from newswire.local.redis import redis_arguments

if TYPE_CHECKING:
    import pytest


def _settings() -> dict[str, str]:
    text = server_properties(Ports.from_base(9000), Path("/data/kafka/records"))
    return dict(line.split("=", 1) for line in text.splitlines())


def test_the_broker_listens_on_the_loopback_interface_only() -> None:
    settings = _settings()
    assert settings["listeners"] == "PLAINTEXT://127.0.0.1:9004,CONTROLLER://127.0.0.1:9005"
    assert settings["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9004"
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:9005"


def test_no_record_is_ever_dropped_and_the_brokers_clock_decides() -> None:
    settings = _settings()
    assert settings["log.retention.hours"] == "-1"
    assert settings["log.message.timestamp.type"] == "LogAppendTime"
    assert settings["auto.create.topics.enable"] == "false"
    assert settings["log.dirs"] == "/data/kafka/records"


def test_a_cluster_id_is_a_uuid_that_no_command_line_takes_for_an_option() -> None:
    for _ in range(500):
        text = new_cluster_id()
        assert not text.startswith("-")
        assert len(base64.urlsafe_b64decode(text + "==")) == 16


def test_the_class_archive_is_read_once_it_is_there(tmp_path: Path) -> None:
    archive, fresh = tmp_path / "kafka.jsa", tmp_path / "kafka.1.new"
    assert _archive_flags(archive, fresh) == [f"-XX:ArchiveClassesAtExit={fresh}"]
    fresh.write_text("classes")
    _keep_archive(archive, fresh, 143)
    assert _archive_flags(archive, fresh) == [f"-XX:SharedArchiveFile={archive}"]
    assert not fresh.exists()


def test_an_archive_that_a_kill_cut_short_is_thrown_away(tmp_path: Path) -> None:
    archive, fresh = tmp_path / "kafka.jsa", tmp_path / "kafka.1.new"
    fresh.write_text("cla")
    _keep_archive(archive, fresh, -9)
    assert list(tmp_path.iterdir()) == []
    _keep_archive(archive, fresh, -9)


def test_each_java_and_each_set_of_jars_has_an_archive_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NEWSWIRE_CACHE", str(tmp_path))
    assert len({archive_path(java, jars) for java in ("17", "25") for jars in ("a", "b")}) == 4


def test_redis_keeps_everything_and_is_not_reachable_from_outside() -> None:
    words = redis_arguments(6379, Path("/data/redis"))
    flags = dict(zip(words[::2], words[1::2], strict=True))
    assert flags == {
        "--bind": "127.0.0.1",
        "--protected-mode": "yes",
        "--daemonize": "no",
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
        "--maxmemory-policy": "noeviction",
        "--port": "6379",
        "--dir": "/data/redis",
    }


def test_the_cache_is_the_users_unless_told_otherwise() -> None:
    home = Path("/home/x")
    assert cache_path({}, home) == Path("/home/x/.cache/newswire")
    assert cache_path({"XDG_CACHE_HOME": "/c"}, home) == Path("/c/newswire")
    assert cache_path({"NEWSWIRE_CACHE": "/n", "XDG_CACHE_HOME": "/c"}, home) == Path("/n")
