"""A memory in a dictionary; it passes the tests of the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class DictMemory:
    """Remembers everything for ever."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def recall(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        return [self.kept.get(key) for key in keys]

    async def claim(self, key: str, value: bytes, seconds: int) -> bytes | None:
        assert seconds > 0
        found = self.kept.get(key)
        if found is None:
            self.kept[key] = value
        return found

    def keep(self, entries: Sequence[tuple[str, bytes]], seconds: int) -> None:
        assert seconds > 0
        self.kept.update(entries)

    def forget(self, key: str) -> None:
        self.kept.pop(key, None)

    async def check(self) -> str | None:
        return None
