"""Everything that is looked at, side by side."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from newswire.errors import NewswireError
from newswire.local.cache import cache_path
from newswire.local.doctor.facts.kafka import ask_kafka
from newswire.local.doctor.facts.machine import free_bytes, look_at_machine
from newswire.local.doctor.facts.ports import look_at_ports
from newswire.local.doctor.facts.redis import ask_redis
from newswire.local.doctor.facts.services import ask_service
from newswire.local.doctor.facts.stack import dead_processes
from newswire.local.doctor.facts.tools import look_at_tools
from newswire.local.doctor.finding import GROUPS, MACHINE, Finding
from newswire.local.doctor.judgement.clock import judge_skew
from newswire.local.doctor.judgement.kafka import judge_kafka, judge_silent_kafka
from newswire.local.doctor.judgement.machine import judge_cache, judge_data, judge_machine
from newswire.local.doctor.judgement.ports import judge_ports
from newswire.local.doctor.judgement.redis import judge_redis, judge_silent_redis
from newswire.local.doctor.judgement.services import judge_service, judge_silent_service
from newswire.local.doctor.judgement.stack import judge_stack
from newswire.local.doctor.judgement.tools import judge_tools
from newswire.local.ports import Ports

if TYPE_CHECKING:
    from collections.abc import Callable

    from newswire.local.doctor.place import Place

_STREAMS: Final = 2000


async def examine(place: Place) -> list[Finding]:
    """Every finding, in the report's order. Raises nothing of what it finds, and ends within seconds."""
    dead = dead_processes(place.pids)
    there = place.forgotten() if place.pids and len(dead) == len(place.pids) else place
    parts = await asyncio.gather(
        asyncio.to_thread(_machine, there),
        _kafka(there),
        _redis(there),
        *(_service(name, url) for name, url in there.health.items()),
    )
    findings = [judge_stack(place, dead), *(finding for part in parts for finding in part)]
    return sorted(findings, key=lambda finding: GROUPS.index(finding.group))


def _machine(place: Place) -> list[Finding]:
    machine = look_at_machine()
    streams = os.environ.get("NEWSWIRE_FEED_STREAMS", "")
    return [
        *judge_machine(machine, int(streams) if streams.isdecimal() else _STREAMS, running=bool(place.pids)),
        _disk("data", place.data.absolute(), judge_data),
        _disk("cache", cache_path(os.environ, Path.home()), judge_cache),
        *judge_tools(look_at_tools(), machine.manager),
        *judge_ports(look_at_ports(Ports()), place),
    ]


def _disk(name: str, folder: Path, judge: Callable[[Path, int], Finding]) -> Finding:
    try:
        return judge(folder, free_bytes(folder))
    except OSError as error:
        return Finding(MACHINE, name, "fail", f"cannot look at {folder}: {error.strerror}")


async def _kafka(place: Place) -> list[Finding]:
    if not place.kafka:
        return []
    try:
        return judge_kafka(place.kafka, await ask_kafka(place.kafka, place.wire))
    except NewswireError as error:
        return [judge_silent_kafka(place.kafka, str(error))]


async def _redis(place: Place) -> list[Finding]:
    if not place.redis:
        return []
    address = place.redis.rpartition("@")[2].removeprefix("redis://")
    try:
        facts = await ask_redis(place.redis, place.wire)
    except NewswireError as error:
        return [judge_silent_redis(address, str(error))]
    return [*judge_redis(address, facts), judge_skew("redis", facts.skew)]


async def _service(name: str, url: str) -> list[Finding]:
    try:
        return judge_service(name, url, await ask_service(url))
    except NewswireError as error:
        return [judge_silent_service(name, url, str(error))]
