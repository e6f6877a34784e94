"""What this machine must have, and what is enough. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from newswire.local.doctor.finding import MACHINE, Finding
from newswire.local.folder import FREE_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from newswire.local.doctor.facts.machine import Machine, Package

PYTHON_AT_LEAST: Final = (3, 11)
ROOM_BYTES: Final = 2 * 1024**3
CACHE_BYTES: Final = 200 * 1024**2
MEMORY_BYTES: Final = 600 * 1024**2
# What the feed's process opens beside its streams: Redis, the log, pages that are asked for.
OTHER_FILES: Final = 200
_TESTED: Final = {"Linux": ("x86_64", "aarch64"), "Darwin": ("x86_64", "arm64")}
_SYSTEMS: Final = {"Darwin": "macOS"}


def judge_machine(machine: Machine, streams: int, *, running: bool) -> list[Finding]:
    """All but its disks. `streams` is what the feed may hold open; a stack that runs has taken its memory already."""
    findings = [
        _python(machine.python),
        _platform(machine.system, machine.processor),
        _packages(machine.packages),
        _files(machine.open_files, streams),
    ]
    return findings if running else [*findings, _memory(machine.memory_bytes)]


def judge_data(folder: Path, free: int) -> Finding:
    """The disk of the data folder; with too little, `newswire up` refuses to start."""
    found = f"{size(free)} free at {folder}"
    if free < FREE_BYTES:
        hint = f"at least {size(FREE_BYTES)} are needed: make room, or `newswire up --data DIR`"
        return Finding(MACHINE, "data", "fail", found, hint)
    if free < ROOM_BYTES:
        return Finding(
            MACHINE, "data", "warn", found, "stories are kept for ever: make room, or `newswire up --data DIR`"
        )
    return Finding(MACHINE, "data", "ok", found)


def judge_cache(folder: Path, free: int) -> Finding:
    """The disk of what is fetched."""
    found = f"{size(free)} free at {folder}"
    if free < CACHE_BYTES:
        hint = f"what is fetched takes {size(CACHE_BYTES)}: make room, or NEWSWIRE_CACHE names another folder"
        return Finding(MACHINE, "cache", "fail", found, hint)
    return Finding(MACHINE, "cache", "ok", found)


def size(count: int) -> str:
    """Bytes for a person."""
    return f"{count / 1024**3:.1f} GiB" if count >= 1024**3 else f"{count / 1024**2:.0f} MiB"


def _python(version: tuple[int, int, int]) -> Finding:
    found = ".".join(map(str, version))
    if version < PYTHON_AT_LEAST:
        return Finding(MACHINE, "python", "fail", found, "newswire needs 3.11 or newer")
    return Finding(MACHINE, "python", "ok", found)


def _platform(system: str, processor: str) -> Finding:
    found = f"{_SYSTEMS.get(system, system)} {processor}"
    if processor in _TESTED.get(system, ()):
        return Finding(MACHINE, "platform", "ok", found)
    return Finding(
        MACHINE, "platform", "warn", found, "the fallbacks for Java and Redis are for Linux and macOS, 64 bits"
    )


def _packages(packages: Sequence[Package]) -> Finding:
    found = ", ".join(f"{each.name} {each.installed or 'missing'}" for each in packages)
    if any(not each.installed for each in packages):
        return Finding(MACHINE, "packages", "fail", found, "`make setup` installs them")
    wrong = [f"{each.name} {each.locked}" for each in packages if each.locked and each.locked != each.installed]
    if wrong:
        return Finding(MACHINE, "packages", "warn", found, f"locked is {', '.join(wrong)}: `make setup` installs it")
    return Finding(MACHINE, "packages", "ok", found)


def _files(limit: int, streams: int) -> Finding:
    found = f"up to {limit} a process" if limit < 2**31 else "no limit"
    if limit < streams + OTHER_FILES:
        hint = f"the feed may hold {streams} streams (NEWSWIRE_FEED_STREAMS): `ulimit -n 4096` before the start"
        return Finding(MACHINE, "open files", "warn", found, hint)
    return Finding(MACHINE, "open files", "ok", found)


def _memory(available: int) -> Finding:
    found = f"{size(available)} available"
    if available < MEMORY_BYTES:
        return Finding(MACHINE, "memory", "warn", found, f"the whole stack takes about {size(MEMORY_BYTES)}")
    return Finding(MACHINE, "memory", "ok", found)
