"""Committed examples of records: read, and counted in a list of digests that only grows.

An example was a promise when it was committed: readers were written against it. So a new one may be added, and none
altered or taken away.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from newswire.errors import NewswireError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUMS: Final = "SHA256SUMS"


class AlteredExampleError(NewswireError):
    """A committed example is not there any more as it was."""


@dataclass(frozen=True, slots=True)
class Example:
    """A record: headers and key as text, the value as JSON, or as text (None: no value) where it need not be JSON."""

    name: str
    headers: Mapping[str, str]
    key: str
    value: Any


def read_examples(folder: Path) -> list[Example]:
    """The examples of a topic's version, by name."""
    return [Example(path.stem, **orjson.loads(path.read_bytes())) for path in sorted(folder.glob("*.json"))]


def grown_sums(folder: Path) -> str:
    """The list of digests (as sha256sum writes it) with what is new. Raises AlteredExampleError."""
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.json")}
    for name, committed in _committed(folder / SUMS).items():
        if found.get(name) != committed:
            what = "altered" if name in found else "taken away"
            msg = f"{folder / name} was {what}: readers rely on committed examples. Put it back, and add another one"
            raise AlteredExampleError(msg)
    return "".join(f"{found[name]}  {name}\n" for name in sorted(found))


def _committed(sums: Path) -> dict[str, str]:
    lines = sums.read_text("utf-8").splitlines() if sums.exists() else []
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
