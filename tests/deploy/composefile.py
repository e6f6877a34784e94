"""docker-compose.yml as Compose reads it: its anchors merged, its variables filled in, its profiles chosen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from services.enrich.settings import EnrichSettings
from services.feed.settings import FeedSettings, ProjectorSettings
from services.ingest.settings import IngestSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_settings import BaseSettings

ROOT: Final = Path(__file__).parents[2]
SETTINGS: Final[dict[str, type[BaseSettings]]] = {
    "ingest": IngestSettings,
    "enrich": EnrichSettings,
    "projector": ProjectorSettings,
    "feed": FeedSettings,
}
SERVICES: Final = tuple(SETTINGS)
BROKERS: Final = ("kafka-1", "kafka-2", "kafka-3")
_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")

Service = dict[str, Any]


def load() -> dict[str, Any]:
    """The file itself, as YAML has it."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return content


def cluster() -> dict[str, str]:
    """deploy/cluster.env."""
    lines = (ROOT / "deploy/cluster.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def services(env: Mapping[str, str]) -> dict[str, Service]:
    """Every service, whatever its profile, with these variables set and no other."""
    filled: dict[str, Service] = _fill(load()["services"], env)
    return filled


def enabled(env: Mapping[str, str], *profiles: str) -> dict[str, Service]:
    """The services that start with these profiles, and those that COMPOSE_PROFILES names."""
    chosen = {*profiles, *env.get("COMPOSE_PROFILES", "").split(",")}
    return {
        name: service
        for name, service in services(env).items()
        if not service.get("profiles") or chosen & set(service["profiles"])
    }


def environment(service: Service) -> dict[str, str]:
    """What a service is given; what is passed on from outside is not set there."""
    return {name: value for name, value in service.get("environment", {}).items() if value is not None}


def _fill(node: Any, env: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _fill(value, env) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value, env) for value in node]
    if isinstance(node, str):
        return _VARIABLE.sub(lambda found: env.get(found[1]) or found[2] or "", node)
    return node
