from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.feed.settings import FeedSettings, ProjectorSettings


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_FEED_PORT", "9000")
    monkeypatch.setenv("NEWSWIRE_FEED_TITLE", "Harbour Wire")
    monkeypatch.setenv("NEWSWIRE_PUBLIC_URL", "https://news.example/")
    settings = FeedSettings()
    assert (settings.feed_port, settings.feed_title) == (9000, "Harbour Wire")
    assert settings.public_url == "https://news.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "ftp://x"),
        ("WIRE", "a}b"),
        ("FEED_PORT", "x"),
        ("FEED_STREAMS", "0"),
        ("FEED_METRICS_PORT", "65536"),
    ],
)
def test_a_bad_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"NEWSWIRE_{name}", value)
    with pytest.raises(ValidationError):
        FeedSettings()


def test_metrics_are_on_ports_of_their_own_and_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_HOST", "0.0.0.0")  # noqa: S104 - what must not reach the metrics
    monkeypatch.setenv("NEWSWIRE_PROJECTOR_METRICS_PORT", "9")
    feed, projector = FeedSettings(), ProjectorSettings()
    assert (feed.feed_metrics_port, projector.projector_metrics_port) == (9180, 9)
    assert feed.metrics_host == projector.metrics_host == "127.0.0.1"
    assert feed.host == projector.host == "0.0.0.0"  # noqa: S104 - as above
