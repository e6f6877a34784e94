"""The four services as child processes, configured by their environment as in production."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from newswire.local.ports import HOST, Ports
from newswire.local.process import Child, Program
from newswire.local.readiness import http_ready

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SERVICES: Final = ("ingest", "enrich", "projector", "feed")


@dataclass(frozen=True, slots=True)
class Site:
    """Where everything is: what the services' settings are made of."""

    data: Path
    ports: Ports
    providers: Path

    @property
    def feed_url(self) -> str:
        """The feed and its pages."""
        return f"http://{HOST}:{self.ports.feed}"

    @property
    def ingest_url(self) -> str:
        """Where stories go in."""
        return f"http://{HOST}:{self.ports.ingest}"

    @property
    def health_urls(self) -> dict[str, str]:
        """Where each service answers /livez and /readyz."""
        named = self.ports.named()
        return {name: f"http://{HOST}:{named[name]}" for name in SERVICES}

    @property
    def metrics_urls(self) -> dict[str, str]:
        """Where each service's metrics are read."""
        named = self.ports.named()
        return {name: f"http://{HOST}:{named[f'{name}_metrics']}/metrics" for name in SERVICES}


def environment(site: Site, environ: Mapping[str, str]) -> dict[str, str]:
    """The services' environment: what the user has set stays, but for the addresses of this very stack."""
    ports = site.ports
    defaults = {
        "NEWSWIRE_HOST": HOST,
        "NEWSWIRE_METRICS_HOST": HOST,
        "NEWSWIRE_PUBLIC_URL": site.feed_url,
        "NEWSWIRE_FEED_URL": site.feed_url,
        "NEWSWIRE_DATA": str(site.data / "enrich"),
    }
    addresses = {
        "NEWSWIRE_KAFKA": f"{HOST}:{ports.kafka}",
        "NEWSWIRE_REDIS": f"redis://{HOST}:{ports.redis}/0",
        "NEWSWIRE_PROVIDERS": str(site.providers),
        **{f"NEWSWIRE_{name.upper()}_PORT": str(ports.named()[name]) for name in SERVICES},
        **{f"NEWSWIRE_{name.upper()}_METRICS_PORT": str(ports.named()[f"{name}_metrics"]) for name in SERVICES},
    }
    return {**defaults, **environ, **addresses}


def service(name: str, site: Site, environ: Mapping[str, str]) -> Child:
    """One service, ready to be started."""
    env = environment(site, environ)
    return Child(
        Program(
            name,
            argv=lambda: [sys.executable, "-m", "newswire", name],
            log=site.data / "logs" / f"{name}.log",
            env=env,
            ready=partial(http_ready, site.ports.named()[name]),
        )
    )
