from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.feed.settings import FeedSettings


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_FEED_PORT", "9000")
    monkeypatch.setenv("NEWSWIRE_FEED_TITLE", "Harbour Wire")
    monkeypatch.setenv("NEWSWIRE_PUBLIC_URL", "https://news.example/")
    settings = FeedSettings()
    assert (settings.feed_port, settings.feed_title) == (9000, "Harbour Wire")
    assert settings.public_url == "https://news.example"


@pytest.mark.parametrize(
    ("name", "value"), [("PUBLIC_URL", "ftp://x"), ("WIRE", "a}b"), ("FEED_PORT", "x"), ("FEED_STREAMS", "0")]
)
def test_a_bad_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"NEWSWIRE_{name}", value)
    with pytest.raises(ValidationError):
        FeedSettings()
