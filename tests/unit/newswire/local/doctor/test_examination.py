from __future__ import annotations

import os
from pathlib import Path

import pytest

from newswire.local.doctor.examination import examine
from newswire.local.doctor.finding import GROUPS, KAFKA, MACHINE, PORTS, REDIS, SERVICES, STACK, TOOLS
from newswire.local.doctor.place import Place
from tests.support.ports import free_port


@pytest.fixture(autouse=True)
def _no_stream_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_FEED_STREAMS", "not a number")


async def test_with_nothing_running_the_machine_is_looked_at() -> None:
    findings = await examine(Place(Path("data"), "main", "", "", {}, {}))
    assert list(dict.fromkeys(each.group for each in findings)) == [MACHINE, TOOLS, PORTS, STACK]
    assert all(each.hint for each in findings if each.verdict != "ok")


async def test_nobody_at_any_address_is_a_finding_each() -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    place = Place(
        Path("data"), "main", f"127.0.0.1:{port}", f"redis://127.0.0.1:{port}", {"ingest": url, "feed": url}, {}
    )
    findings = [each for each in await examine(place) if GROUPS.index(each.group) > GROUPS.index(STACK)]
    assert [(each.group, each.verdict) for each in findings] == [
        (KAFKA, "fail"),
        (REDIS, "fail"),
        (SERVICES, "fail"),
        (SERVICES, "fail"),
    ]
    assert all(str(port) in each.found and each.hint for each in findings)


@pytest.mark.parametrize("url", ["http://not-redis", "redis://127.0.0.1:99999"])
async def test_an_address_that_is_none(url: str) -> None:
    place = Place(Path("data"), "main", "", url, {}, {})
    (finding,) = [each for each in await examine(place) if each.group == REDIS]
    assert finding.verdict == "fail"


async def test_a_stack_that_was_killed_is_not_asked() -> None:
    place = Place(Path("data"), "main", "127.0.0.1:1", "", {"feed": "http://127.0.0.1:1"}, {"feed": 2**30})
    findings = await examine(place)
    assert [each.verdict for each in findings if each.group == STACK] == ["fail"]
    assert not {KAFKA, SERVICES} & {each.group for each in findings}


async def test_what_the_ready_file_names_and_does_not_run() -> None:
    place = Place(Path("data"), "main", "", "", {"feed": "http://127.0.0.1:1"}, {"feed": os.getpid(), "redis": 2**30})
    (finding,) = [each for each in await examine(place) if each.group == STACK]
    assert finding.found == "not running: redis"
