from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from click.testing import CliRunner

from newswire.cli import tail as module
from newswire.cli.main import cli
from newswire.cli.tail import Tail, follow
from newswire.errors import FailedError, SetupError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class _Enough(Exception):  # noqa: N818 - not an error
    pass


def event(number: int, kind: str = "new") -> str:
    data = json.dumps({"change": number, "kind": kind, "uri": f"x:{number}", "version": None, "story": None})
    return f"id: {number}\nevent: {kind}\ndata: {data}\n\n"


class Feed:
    """Answers with one text after the other, then says that it was enough."""

    def __init__(self, *answers: httpx.Response | httpx.TransportError) -> None:
        self._answers = iter(answers)
        self.asked: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/stream"
        self.asked.append(request.headers.get("last-event-id"))
        answer = next(self._answers, None)
        if answer is None:
            raise _Enough
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer


async def shown(feed: Feed, after: str = "", state: Path | None = None) -> tuple[list[int], list[str]]:
    changes: list[int] = []
    warnings: list[str] = []
    what = Tail("http://feed.example", after, state, 0.001, httpx.MockTransport(feed))
    with pytest.raises(_Enough):
        await follow(what, lambda data: changes.append(json.loads(data)["change"]), warnings.append)
    return changes, warnings


def stream(text: str) -> httpx.Response:
    return httpx.Response(200, text=text, headers={"content-type": "text/event-stream"})


async def test_a_drop_is_resumed_after_the_last_whole_event() -> None:
    feed = Feed(
        stream(": hello\n\n" + event(3) + event(5) + event(6)[:-1]),
        httpx.ConnectError("refused"),
        httpx.Response(503),
        stream(event(6, "kill")),
    )
    changes, warnings = await shown(feed)
    assert changes == [3, 5, 6]
    assert feed.asked == [None, "5", "5", "5", "6"]
    assert "refused" in warnings[1]
    assert "503" in warnings[2]


async def test_a_reset_goes_on_from_where_the_feed_says() -> None:
    feed = Feed(stream('id: 90\nevent: reset\ndata: {"change": 90}\n\n' + event(91)))
    changes, warnings = await shown(feed, "2")
    assert changes == [91]
    assert "after change 2; going on from 90" in warnings[0]
    assert feed.asked == ["2", "91"]


async def test_a_number_below_zero_is_the_beginning() -> None:
    feed = Feed()
    await shown(feed, "-1")
    assert feed.asked == ["-1"]


async def test_how_far_it_came_is_remembered(tmp_path: Path) -> None:
    state = tmp_path / "state"
    await shown(Feed(stream(event(3) + event(7))), state=state)
    assert state.read_text() == "7\n"
    assert module._remembered(state) == "7"
    assert module._remembered(tmp_path / "none") == module._remembered(None) == ""
    state.write_text("x")
    with pytest.raises(SetupError):
        module._remembered(state)
    with pytest.raises(SetupError):
        module._remember(tmp_path / "no" / "folder", "7")


@pytest.mark.parametrize("status", [400, 404, 301])
async def test_a_refusal_ends_it(status: int) -> None:
    what = Tail("http://feed.example", "", None, 0.001, httpx.MockTransport(Feed(httpx.Response(status))))
    with pytest.raises(FailedError, match=str(status)):
        await follow(what, pytest.fail, pytest.fail)


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEWSWIRE_FEED_URL", raising=False)
    return CliRunner()


def test_the_command(runner: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[Tail] = []

    async def instead(what: Tail, show: Callable[[str], None], _: object) -> None:
        seen.append(what)
        show('{"change": 1, "kind": "kill", "uri": "x:1", "version": null, "story": null}')

    monkeypatch.setattr(module, "follow", instead)
    (tmp_path / "state").write_text("12\n")
    assert "kill" in runner.invoke(cli, ["tail", "--url", "http://x", "--state", "state"]).output
    assert runner.invoke(cli, ["tail", "--url", "http://x", "--after", "0", "--json"]).output.startswith(
        '{"change": 1,'
    )
    (tmp_path / "ready.json").write_text('{"feed": "http://ready"}')
    assert runner.invoke(cli, ["tail", "--ready-file", "ready.json"]).exit_code == 0
    assert [(what.feed_url, what.after) for what in seen] == [
        ("http://x", "12"),
        ("http://x", "0"),
        ("http://ready", ""),
    ]


@pytest.mark.parametrize("arguments", [[], ["--url", "x"], ["--url", "http://x", "--after", "x"]])
def test_wrong_usage(runner: CliRunner, arguments: list[str]) -> None:
    assert runner.invoke(cli, ["tail", *arguments]).exit_code == 2
