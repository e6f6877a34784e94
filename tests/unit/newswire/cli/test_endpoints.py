from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from newswire.cli import endpoints
from newswire.cli.endpoints import ready, require_http
from newswire.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_named_file_is_read_for_what_is_text(tmp_path: Path) -> None:
    named = tmp_path / "ready.json"
    named.write_text('{"ingest": "http://x", "key": "k.s", "pids": {"kafka": 1}, "other": null}')
    assert ready(named) == {"ingest": "http://x", "key": "k.s"}


def test_the_running_stack_s_own_is_read_when_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ready(None) == {}
    endpoints.READY_FILE.parent.mkdir(parents=True)
    endpoints.READY_FILE.write_text('{"feed": "http://x"}')
    assert ready(None) == {"feed": "http://x"}


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "is `newswire up` running"), (b"{", "cannot read"), (b"\xff", "cannot read"), (b"[]", "no JSON object")],
)
def test_a_file_that_does_not_help_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    named = tmp_path / "named.json"
    if content is not None:
        named.write_bytes(content)
    with pytest.raises(SetupError, match=said) as caught:
        ready(named)
    assert str(named) in str(caught.value)


@pytest.mark.parametrize("url", ["http://x", "https://x.example:8080/a?b", "http://[::1]:1"])
def test_addresses(url: str) -> None:
    require_http(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "x:80",
        "ftp://x",
        "http://",
        "http://:80",
        "http://x:y",
        "http://x:0",
        "http://x:99999",
        "http://[",
        "http://б",
        "http://x\n",
    ],
)
def test_what_is_no_address_is_named(url: str) -> None:
    with pytest.raises(SetupError, match="not an http address"):
        require_http(url)
