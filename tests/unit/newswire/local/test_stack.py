from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import pytest

from newswire.errors import FailedError
from newswire.local.brokers import Brokers
from newswire.local.leftovers import recorded
from newswire.local.ports import Ports
from newswire.local.process import Child, Program
from newswire.local.provider import Provider, development_provider
from newswire.local.services import SERVICES, Site
from newswire.local.stack import Options, Stack, greeting
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from newswire.local.stack import PushSamples


class Brokerless(Brokers):
    """Two idle children, and no topics."""

    async def start(self) -> None:
        for child in self.children:
            child.start()


def idle(name: str, data: Path) -> Child:
    (data / "logs").mkdir(exist_ok=True)
    argv = [sys.executable, "-c", "import time; time.sleep(60)"]
    return Child(Program(name, lambda: argv, data / "logs" / f"{name}.log"))


@pytest.fixture(autouse=True)
def _idle_services(monkeypatch: pytest.MonkeyPatch) -> None:
    def service(name: str, site: Site, _: Mapping[str, str]) -> Child:
        return idle(name, site.data)

    monkeypatch.setattr("newswire.local.stack.service", service)


def make(data: Path, said: list[str], samples: PushSamples | None = None) -> Stack:
    options = Options(data, Ports.from_base(9000), data / "asked.json", samples)
    brokers = Brokerless(idle("kafka", data), idle("redis", data), "127.0.0.1:9004", "redis://127.0.0.1:9006/0")
    return Stack(options, development_provider(data, {}), brokers, said.append)


async def test_the_ready_files_are_there_between_start_and_stop(tmp_path: Path) -> None:
    stack = make(tmp_path, [])
    await stack.start()
    try:
        pids = {child.name: child.pid for child in stack.supervisor.children}
        for name in ("ready.json", "asked.json"):
            assert json.loads((tmp_path / name).read_text())["pids"] == pids
        assert set(pids) == {"kafka", "redis", *SERVICES}
        assert {each.pid for each in recorded(tmp_path)} == set(pids.values())
    finally:
        await stack.stop()
    assert not (tmp_path / "ready.json").exists()
    assert not (tmp_path / "asked.json").exists()
    assert recorded(tmp_path) == []


async def test_the_ready_file_tells_of_a_process_that_was_started_anew(tmp_path: Path) -> None:
    stack = make(tmp_path, [])
    await stack.start()
    watch = asyncio.create_task(stack.watch())
    try:
        feed = stack.supervisor.children[-1]
        first = feed.pid
        feed.kill()
        await until(lambda: json.loads((tmp_path / "ready.json").read_text())["pids"]["feed"] != first)
        assert json.loads((tmp_path / "ready.json").read_text())["pids"]["feed"] == feed.pid
    finally:
        watch.cancel()
        await stack.stop()


async def _welcomed(stack: Stack, said: list[str]) -> None:
    await stack.start()
    watch = asyncio.create_task(stack.watch())
    try:
        await until(lambda: any("Ctrl-C stops" in line for line in said))
    finally:
        watch.cancel()
        await stack.stop()


async def test_the_samples_are_pushed_on_the_first_start_only(tmp_path: Path) -> None:
    pushed: list[tuple[str, str, str]] = []

    async def push(url: str, key_of: Callable[[str], str]) -> None:
        pushed.append((url, key_of("development"), key_of("baywire")))

    for _ in range(2):
        said: list[str] = []
        await _welcomed(make(tmp_path, said, push), said)
    keys = [(tmp_path / f"{name}.key").read_text().strip() for name in ("development", "baywire")]
    assert pushed == [("http://127.0.0.1:9001", *keys)]


async def test_samples_that_cannot_be_pushed_are_told_and_tried_again_next_time(tmp_path: Path) -> None:
    async def push(_url: str, _key_of: Callable[[str], str]) -> None:
        msg = "no answer"
        raise FailedError(msg)

    said: list[str] = []
    await _welcomed(make(tmp_path, said, push), said)
    assert said[0] == "The sample stories could not be pushed: no answer"
    assert not (tmp_path / "samples.pushed").exists()


def test_the_greeting_says_where_to_look_and_how_to_push(tmp_path: Path) -> None:
    site = Site(tmp_path, Ports(), tmp_path / "providers.toml")
    text = greeting(site, Provider(site.providers, "dev.secret"))
    assert "http://127.0.0.1:8080/" in text
    assert "curl http://127.0.0.1:8081/v1/stories -H 'Authorization: Bearer dev.secret'" in text
    assert f"one of {site.providers}" in greeting(site, Provider(site.providers, ""))
