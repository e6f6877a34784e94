"""The ready file: where a running stack is, for programs (contract.md, "Running it")."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from newswire.local.folder import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from newswire.local.services import Site

PIDS = ("kafka", "redis", "ingest", "enrich", "projector", "feed")


def ready_json(site: Site, key: str, addresses: tuple[str, str], pids: Mapping[str, int]) -> str:
    """The file's text; `addresses` are Kafka's and Redis's."""
    kafka, redis = addresses
    content = {
        "ingest": site.ingest_url,
        "feed": site.feed_url,
        "kafka": kafka,
        "redis": redis,
        "key": key,
        "providers": str(site.providers),
        "data": str(site.data),
        "metrics": site.metrics_urls,
        "health": site.health_urls,
        "pids": {name: pids[name] for name in PIDS},
    }
    return json.dumps(content, indent=2) + "\n"


def announce(files: Iterable[Path], text: str) -> None:
    """Write each file whole."""
    for path in files:
        write_whole(path, text)


def withdraw(files: Iterable[Path]) -> None:
    """Nothing is ready any more."""
    for path in files:
        path.unlink(missing_ok=True)
