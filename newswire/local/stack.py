"""The whole stack of `newswire up`: brokers and services under a supervisor, announced in the ready files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newswire.errors import NewswireError
from newswire.local.leftovers import forget, record
from newswire.local.ready import announce, ready_json, withdraw
from newswire.local.services import SERVICES, Site, service
from newswire.local.supervisor import Hooks, Supervisor, together

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from newswire.local.brokers import Brokers
    from newswire.local.ports import Ports
    from newswire.local.provider import Provider

    # Called with ingest's URL and each newsroom's key, on the first start of a data folder.
    PushSamples = Callable[[str, Callable[[str], str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Options:
    """What `up` was asked for."""

    data: Path
    ports: Ports
    ready_file: Path | None
    samples: PushSamples | None

    @property
    def ready_files(self) -> list[Path]:
        """The data folder's own, by which other commands find the stack, and the one that was asked for."""
        own = self.data / "ready.json"
        return [own, self.ready_file] if self.ready_file else [own]


class Stack:
    """Start it, watch it, stop it; `say` takes a line for a person."""

    def __init__(self, options: Options, provider: Provider, brokers: Brokers, say: Callable[[str], None]) -> None:
        self._options = options
        self._provider = provider
        self._brokers = brokers
        self._say = say
        self.site = Site(options.data, options.ports, provider.path)
        services = [service(name, self.site, os.environ) for name in SERVICES]
        self.supervisor = Supervisor(brokers, services, say, Hooks(self._record, self._announce))

    async def start(self) -> None:
        """Return once every service answers /readyz, and the ready files say so."""
        # Faust makes its folder but not the one above it.
        (self._options.data / "enrich").mkdir(exist_ok=True)
        await self.supervisor.start()
        self._announce()

    async def watch(self) -> None:
        """Push the samples on the first start, say where to look, and restart whatever dies."""
        await together([self.supervisor.watch(), self._welcome()])

    async def stop(self) -> None:
        """End all, and withdraw the ready files first: from now on nothing is promised."""
        withdraw(self._options.ready_files)
        await self.supervisor.stop()
        forget(self._options.data)

    def _announce(self) -> None:
        pids = {child.name: child.pid for child in self.supervisor.children}
        addresses = (self._brokers.bootstrap, self._brokers.redis_url)
        announce(self._options.ready_files, ready_json(self.site, self._provider.key, addresses, pids))

    def _record(self) -> None:
        record(self._options.data, self.supervisor.children)

    async def _welcome(self) -> None:
        await self._push_samples()
        self._say(greeting(self.site, self._provider))

    async def _push_samples(self) -> None:
        marker, push = self._options.data / "samples.pushed", self._options.samples
        if push is None or marker.exists() or not self._provider.key:
            return
        try:
            await push(self.site.ingest_url, self._provider.key_of)
        except NewswireError as error:
            self._say(f"The sample stories could not be pushed: {error}")
        else:
            marker.touch()


def greeting(site: Site, provider: Provider) -> str:
    """Where to look, and how to push."""
    key = provider.key or f"one of {provider.path}"
    story = '{"uri": "urn:example:1", "headlines": [{"value": "It works"}]}'
    return f"""
  Feed      {site.feed_url}/
  Stream    {site.feed_url}/v1/stream
  Ingest    {site.ingest_url}/v1/stories
  Key       {key}
  Logs      {site.data / "logs"}

  curl {site.ingest_url}/v1/stories -H 'Authorization: Bearer {provider.key or "KEY"}' \\
    -H 'Content-Type: application/json' -d '{story}'

Ctrl-C stops everything; the data is kept.
"""
