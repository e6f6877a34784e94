"""`newswire push` as a newsroom runs it: files of each format, stdin and a hot folder, into a running stack."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import uuid
from asyncio.subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.waiting import eventually, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.stack import Desk, RunningStack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

ITEM = "<item><guid isPermaLink='false'>{uri}</guid><title>{title}</title></item>"
RSS = """<?xml version="1.0" encoding="ISO-8859-1"?>
<rss version="2.0"><channel><title>Courier</title><link>https://courier.example</link><description>All</description>
{items}</channel></rss>"""
NITF = """<?xml version="1.0"?>
<!DOCTYPE nitf SYSTEM "http://www.nitf.org/IPTC/NITF/3.6/specification/dtd/nitf-3-6.dtd">
<nitf><head><docdata><doc-id id-string="{uri}"/></docdata></head>
<body><body.head><hedline><hl1>Ferry returns to Port Callis</hl1></hedline></body.head></body></nitf>"""


def story(uri: str, version: int = 1) -> dict[str, Any]:
    return {"uri": uri, "version": str(version), "headlines": [{"value": f"Version {version}"}]}


def uris(count: int) -> list[str]:
    return [f"urn:{uuid.uuid4()}" for _ in range(count)]


def command(stack: RunningStack, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "newswire", "push", "--ready-file", str(stack.ready_file), *map(str, arguments)]


async def push(stack: RunningStack, *arguments: str | Path, text: str = "") -> tuple[int, list[list[str]]]:
    """What the command says in the end, and the parts of each of its lines."""
    started = await asyncio.create_subprocess_exec(*command(stack, *arguments), stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    said, _ = await asyncio.wait_for(started.communicate(text.encode()), 60)
    return await started.wait(), [line.split("  ") for line in said.decode().splitlines()]


async def headline(desk: Desk, uri: str) -> str:
    """A story's headline, once readers have it."""

    async def visible() -> bool:
        return (await desk.story(uri)).status_code == 200

    await eventually(visible)
    return str((await desk.story(uri)).json()["headlines"][0]["value"])


async def test_a_file_of_one_story(stack: RunningStack, tmp_path: Path) -> None:
    [uri] = uris(1)
    file = tmp_path / "story.json"
    file.write_text(json.dumps(story(uri), indent=2))
    assert await push(stack, file) == (0, [["202", uri, "version 1"]])
    assert await push(stack, file) == (0, [["202", uri, "version 1", "duplicate"]])
    async with stack.desk() as desk:
        assert await headline(desk, uri) == "Version 1"


async def test_many_lines_with_versions_and_faults(stack: RunningStack, tmp_path: Path) -> None:
    known = uris(58)
    stories = [story(uri) for uri in known]
    # No number ranks these: the one that comes last counts.
    stories += [{"uri": known[0], "version": "1", "headlines": [{"value": f"Correction {n}"}]} for n in range(1, 3)]
    lines = [json.dumps(each) for each in stories]
    lines.insert(30, '{"uri": "urn:nothing", "urgency": 99}')
    lines.insert(40, "no JSON")
    file = tmp_path / "stories.ndjson"
    file.write_text("\n".join(lines))
    code, said = await push(stack, file)
    assert code == 1
    assert [parts[:2] for parts in said] == [
        *(["202", uri] for uri in known[:30]),
        ["422", "urn:nothing"],
        *(["202", uri] for uri in known[30:39]),
        ["400", f"{file}, line 41"],
        *(["202", uri] for uri in known[39:]),
        *(["202", known[0]] for _ in range(2)),
    ]
    async with stack.desk() as desk:

        async def corrected() -> bool:
            return await headline(desk, known[0]) == "Correction 2"

        await eventually(corrected)
        assert await headline(desk, known[-1]) == "Version 1"


async def test_a_feed_with_an_item_at_fault(stack: RunningStack, tmp_path: Path) -> None:
    first, last = uris(2)
    items = ITEM.format(uri=first, title="Gr\u00fc\u00dfe") + "<item><title>Whose?</title></item>"
    file = tmp_path / "feed"
    file.write_text(RSS.format(items=items + ITEM.format(uri=last, title="Gale")), encoding="latin-1")
    code, said = await push(stack, "--rss", file)
    assert (code, [parts[:2] for parts in said]) == (1, [["202", first], ["422", f"{file}, story 2"], ["202", last]])
    assert "/rss/channel/item[2]/guid" in said[1][-1]
    async with stack.desk() as desk:
        assert await headline(desk, first) == "Gr\u00fc\u00dfe"
        assert await headline(desk, last) == "Gale"


async def test_a_document_from_stdin(stack: RunningStack) -> None:
    [uri] = uris(1)
    assert await push(stack, text=NITF.format(uri=uri)) == (0, [["202", uri]])
    assert await push(stack, "--format", "ninjs", "-", text=NITF.format(uri=uri)) != (0, [["202", uri]])
    async with stack.desk() as desk:
        assert await headline(desk, uri) == "Ferry returns to Port Callis"


async def test_nobody_there(stack: RunningStack) -> None:
    ended = await push(stack, "--key", "nobody.nothing", text='{"uri": "urn:x"}')
    assert (ended[0], ended[1][0][0]) == (1, "401")
    ended = await push(stack, "--url", "http://127.0.0.1:1", text='{"uri": "urn:x"}')
    assert (ended[0], ended[1][0][:2]) == (3, ["---", "urn:x"])


async def test_a_hot_folder(stack: RunningStack, tmp_path: Path) -> None:
    good, feed, late = uris(3)
    log = tmp_path / "push.log"
    hot = tmp_path / "hot"
    hot.mkdir()
    (hot / "good.json").write_text(json.dumps(story(good)))
    (hot / "feed.xml").write_text(RSS.format(items=ITEM.format(uri=feed, title="Gale")))
    (hot / "bad.json").write_text('{"urgency": 99}')
    (hot / "late.json.part").write_text(json.dumps(story(late)))
    with log.open("wb") as out:
        arguments = command(stack, "--watch", hot, "--settle", "0.2")
        watching = await asyncio.create_subprocess_exec(*arguments, stdout=out, stderr=out)
    try:
        await until(lambda: len(log.read_text().splitlines()) == 3, seconds=60)
        assert {path.name for path in hot.iterdir()} == {"done", "refused", "late.json.part"}
        assert {path.name for path in (hot / "done").iterdir()} == {"good.json", "feed.xml"}
        (hot / "late.json.part").rename(hot / "late.json")
        await until((hot / "done/late.json").exists, seconds=60)
        watching.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(watching.wait(), 30) == 0
    finally:
        if watching.returncode is None:
            watching.kill()
            await watching.wait()
    assert {path.name for path in (hot / "refused").iterdir()} == {"bad.json", "bad.json.problem.json"}
    [result] = json.loads((hot / "refused/bad.json.problem.json").read_text())["results"]
    assert (result["status"], result["problem"]["status"]) == (422, 422)
    async with stack.desk() as desk:
        for uri in (good, feed, late):
            assert await headline(desk, uri)
