from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from newswire.local.doctor.facts import tools
from newswire.local.doctor.facts.tools import look_at_tools
from newswire.local.jars import Jar

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache on a machine with Python and nothing else."""
    monkeypatch.setenv("NEWSWIRE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path / "cache"


def test_a_bare_machine_is_looked_at_and_left_as_it_is(cache: Path) -> None:
    facts = look_at_tools()
    assert (facts.javas, facts.redis_servers) == ((), ())
    assert not facts.java_fallback.there
    assert facts.java_fallback.version
    assert not facts.redis_fallback.there
    assert len(facts.jars.missing) == facts.jars.listed == 45
    assert not cache.exists()


def test_what_was_fetched_before_is_found(cache: Path) -> None:
    folder = look_at_tools().java_fallback.folder
    assert cache in folder.parents
    folder.mkdir(parents=True)
    assert look_at_tools().java_fallback.there
    assert not look_at_tools().redis_fallback.there


def test_each_jar_is_held_against_its_digest(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    digest = hashlib.sha256(b"good").hexdigest()
    listed = [Jar(f"org.example:{name}:1", digest, 4) for name in ("good", "bad", "missing")]
    monkeypatch.setattr(tools, "listed_jars", lambda: listed)
    folder = look_at_tools().jars.folder
    assert cache in folder.parents
    folder.mkdir(parents=True)
    (folder / "good-1.jar").write_bytes(b"good")
    (folder / "bad-1.jar").write_bytes(b"evil")
    jars = look_at_tools().jars
    assert (jars.missing, jars.missing_bytes, jars.wrong) == (("missing-1.jar",), 4, ("bad-1.jar",))
