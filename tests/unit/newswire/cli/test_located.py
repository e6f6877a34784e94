from __future__ import annotations

from pathlib import Path

import pytest

from newswire.cli import endpoints
from newswire.cli.located import providers_path
from newswire.errors import SetupError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    endpoints.READY_FILE.parent.mkdir(parents=True)
    return tmp_path


def test_what_was_said_goes_before_what_is_found(folder: Path) -> None:
    named = folder / "named.json"
    named.write_text('{"providers": "/named"}')
    endpoints.READY_FILE.write_text('{"providers": "/usual"}')
    environ = {"NEWSWIRE_PROVIDERS": "/environ"}
    assert providers_path(Path("/file"), named, environ) == Path("/file")
    assert providers_path(None, named, environ) == Path("/named")
    assert providers_path(None, None, environ) == Path("/environ")
    assert providers_path(None, None, {"NEWSWIRE_PROVIDERS": ""}) == Path("/usual")


def test_nothing_says_which(folder: Path) -> None:
    with pytest.raises(SetupError, match="say --file, --ready-file or NEWSWIRE_PROVIDERS"):
        providers_path(None, None, {})
    with pytest.raises(SetupError, match="is `newswire up` running"):
        providers_path(None, folder / "none.json", {})
