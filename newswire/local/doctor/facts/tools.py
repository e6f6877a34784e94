"""Java, Redis and Kafka's jars, as far as they are here already."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newswire.local.cache import cache_path
from newswire.local.jars import digest_of, listed_jars, sha256_of
from newswire.local.tools import JAVA_PACKAGE, LOCK, REDIS_PACKAGE, javas, locked_version, redis_servers

if TYPE_CHECKING:
    from newswire.local.tools import Tool


@dataclass(frozen=True, slots=True)
class Fallback:
    """The Python package that stands in: `folder` is where it is or would be; no version where no lock names it."""

    package: str
    version: str
    folder: Path
    there: bool


@dataclass(frozen=True, slots=True)
class JarFacts:
    """How many are listed, and which of them are missing or not what the list says."""

    folder: Path
    listed: int
    missing_bytes: int
    missing: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolFacts:
    """What the brokers would be run with."""

    javas: tuple[Tool, ...]
    redis_servers: tuple[Tool, ...]
    java_fallback: Fallback
    redis_fallback: Fallback
    jars: JarFacts


def look_at_tools() -> ToolFacts:
    """Run each program that is found for its version, and read every jar: a second or so. Blocks."""
    cache = cache_path(os.environ, Path.home())
    return ToolFacts(
        tuple(javas()),
        tuple(redis_servers()),
        _fallback(JAVA_PACKAGE, cache),
        _fallback(REDIS_PACKAGE, cache),
        _jars(cache),
    )


def _fallback(package: str, cache: Path) -> Fallback:
    version = locked_version(LOCK.read_text("utf-8"), package)[0] if LOCK.is_file() else ""
    folder = cache / "tools" / f"{package}-{version}"
    return Fallback(package, version, folder, there=bool(version) and folder.is_dir())


def _jars(cache: Path) -> JarFacts:
    jars = listed_jars()
    folder = cache / "jars" / digest_of(jars)
    missing = [jar for jar in jars if not (folder / jar.filename).is_file()]
    wrong = [jar.filename for jar in jars if jar not in missing and sha256_of(folder / jar.filename) != jar.sha256]
    return JarFacts(
        folder, len(jars), sum(jar.size_bytes for jar in missing), tuple(jar.filename for jar in missing), tuple(wrong)
    )
