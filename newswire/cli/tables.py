"""The lines of a TOML file, table by table: some go in or out, and all others stay as a person wrote them. Pure.

A library that keeps comments ties one to the table above it, so that what is said of a provider would go, or move, with
the last key of the provider before.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomlkit

from newswire.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Section:
    """A table's lines: from its header to the last one before the next that is not blank or a comment."""

    path: tuple[str, ...]
    start: int
    end: int


def sections(lines: Sequence[str]) -> Iterator[Section]:
    """The tables that have a header, in their order."""
    # Inside of a string of several lines there may be what looks like a header; `checked` sees what comes of it.
    headers = [number for number, line in enumerate(lines) if line.lstrip().startswith("[")]
    for start, until in zip(headers, [*headers[1:], len(lines)], strict=False):
        end = until
        while lines[end - 1].lstrip()[:1] in ("", "#"):
            end -= 1
        yield Section(_path(lines[start]), start, end)


def _path(header: str) -> tuple[str, ...]:
    path: list[str] = []
    try:
        inner: Any = tomllib.loads(header)
    except tomllib.TOMLDecodeError:
        return ()
    while inner:
        # [[a.b]] is a table in a list.
        inner = inner[0] if isinstance(inner, list) else inner
        path.extend(inner)
        inner = next(iter(inner.values()), None)
    return tuple(path)


def inserted(lines: Sequence[str], at: int, tables: Mapping[str, object]) -> list[str]:
    """With these tables from line `at` on."""
    before = list(lines[:at])
    if before and not before[-1].endswith("\n"):
        before[-1] += "\n"
    block = tomlkit.dumps(tables).strip("\n") + "\n"
    return [*before, "\n", *block.splitlines(keepends=True), *lines[at:]]


def removed(lines: Sequence[str], section: Section) -> list[str]:
    """Without this one; comments around it stay, since nobody can tell whose they are."""
    before, after = list(lines[: section.start]), list(lines[section.end :])
    # Not two gaps where there was one on either side, and none at the end.
    while before and not before[-1].strip() and not (after and after[0].strip()):
        before.pop()
    return [*before, *after]


def checked(lines: Sequence[str], wanted: Mapping[str, object]) -> str:
    """The text, once it says just what was wanted: nobody's key may hang on how a file is laid out.

    Raises SetupError.
    """
    text = "".join(lines)
    try:
        if tomllib.loads(text) == wanted:
            return text
    except tomllib.TOMLDecodeError:
        pass
    msg = "the file is laid out in a way that is not changed here: change it by hand"
    raise SetupError(msg)
