"""Where a newswire is, as far as anyone has told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from newswire.local.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import Mapping

_KAFKA_PORT: Final = 9092
_REDIS_PORT: Final = 6379


@dataclass(frozen=True, slots=True)
class Place:
    """The data folder, and the addresses: empty where none was told. `health` is by service, `pids` by process."""

    data: Path
    wire: str
    kafka: str
    redis: str
    health: Mapping[str, str]
    pids: Mapping[str, int]

    @property
    def told(self) -> bool:
        """Whether there is anything to ask."""
        return bool(self.kafka or self.redis or self.health)

    def forgotten(self) -> Place:
        """Nothing of it is there any more but the data."""
        return Place(self.data, self.wire, "", "", {}, {})

    @property
    def ports(self) -> frozenset[int]:
        """The ports in these addresses, which are rightly taken."""
        urls = [f"kafka://{self.kafka}"] if self.kafka else []
        urls += [self.redis] if self.redis else []
        defaults = {"kafka": _KAFKA_PORT, "redis": _REDIS_PORT, "https": 443}
        parts = [urlsplit(url) for url in [*urls, *self.health.values()]]
        return frozenset(part.port or defaults.get(part.scheme, 80) for part in parts)


def place(data: Path, ready: Mapping[str, Any], environ: Mapping[str, str]) -> Place:
    """Each address from the ready file, else from the environment."""
    urls = {name: environ[variable] for name in SERVICES if environ.get(variable := f"NEWSWIRE_{name.upper()}_URL")}
    urls |= {name: ready[name] for name in ("ingest", "feed") if name in ready}
    urls |= ready.get("health", {})
    return Place(
        Path(ready.get("data", data)),
        environ.get("NEWSWIRE_WIRE", "main"),
        ready.get("kafka") or environ.get("NEWSWIRE_KAFKA", ""),
        ready.get("redis") or environ.get("NEWSWIRE_REDIS", ""),
        {name: urls[name] for name in SERVICES if name in urls},
        ready.get("pids", {}),
    )
