from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from newswire.cli import shown
from newswire.cli.outcomes import Outcome
from newswire.cli.pushing import Target
from newswire.cli.shown import push_shown
from newswire.cli.stories import Story

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from newswire.cli.pushing import Done

STORIES = [Story(b"<rss/>", None, "a.rss", "application/rss+xml"), Story(b"{}", "x:3")]


async def _backwards(_: Target, stories: Sequence[Story], done: Done) -> None:
    assert stories == STORIES
    done(1, [Outcome(202, "x:3")])
    done(0, [Outcome(202, "x:1"), Outcome(202, "x:2")])


async def test_lines_come_in_the_order_of_the_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shown, "push_all", _backwards)
    outcomes = await push_shown(Target("http://x", "k.s"), STORIES)
    assert [outcome.uri for outcome in outcomes] == ["x:1", "x:2", "x:3"]
    assert capsys.readouterr() == ("202  x:1\n202  x:2\n202  x:3\n", "")


async def test_or_not_at_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shown, "push_all", _backwards)
    assert len(await push_shown(Target("http://x", "k.s"), STORIES, lines=False)) == 3
    assert capsys.readouterr() == ("", "")


def test_nobody_reads_the_lines_any_more() -> None:
    script = (
        "import os; from newswire.cli.shown import say; read, write = os.pipe(); os.dup2(write, 1); os.close(read);"
        "say('one'); say('two'); raise SystemExit(7)"
    )
    ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (7, b"")
