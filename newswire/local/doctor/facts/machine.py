"""The machine: its Python, packages, memory, disk and limits."""

from __future__ import annotations

import platform
import re
import resource
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCK: Final = Path(__file__).parents[4] / "requirements.lock"
PACKAGES: Final = ("aiokafka", "faust-streaming", "redis", "fastapi", "uvicorn")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_MANAGERS: Final = ("apt-get", "dnf", "apk", "brew")


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package: empty where it is not installed, or not in the lock."""

    name: str
    installed: str
    locked: str


@dataclass(frozen=True, slots=True)
class Machine:
    """What is true of it whatever runs; `manager` installs system packages, and is empty where none is known."""

    python: tuple[int, int, int]
    system: str
    processor: str
    manager: str
    packages: tuple[Package, ...]
    memory_bytes: int
    open_files: int


def look_at_machine() -> Machine:
    """All of it, without waiting for anything."""
    locked = locked_versions(LOCK.read_text("utf-8")) if LOCK.is_file() else {}
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Machine(
        sys.version_info[:3],
        platform.system(),
        platform.machine(),
        next((name for name in _MANAGERS if shutil.which(name)), ""),
        tuple(Package(name, installed_version(name), locked.get(name, "")) for name in PACKAGES),
        psutil.virtual_memory().available,
        sys.maxsize if soft == resource.RLIM_INFINITY else soft,
    )


def locked_versions(lock: str) -> Mapping[str, str]:
    """The versions in a lock file, by package."""
    return dict(_PINNED.findall(lock))


def installed_version(name: str) -> str:
    """Empty where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def free_bytes(folder: Path) -> int:
    """What is free where the folder is, or would be. Raises OSError."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free
