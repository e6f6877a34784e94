"""Addresses in settings, checked where a process starts."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, RedisDsn, TypeAdapter

_REDIS: Final[TypeAdapter[RedisDsn]] = TypeAdapter(RedisDsn)


def _redis(text: str) -> str:
    _REDIS.validate_python(text)
    return text


RedisUrl = Annotated[str, AfterValidator(_redis)]
"""`redis://` or `rediss://`, as it was given."""
