"""A change of the feed as one line for a person. Pure."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_COLOURS: Final = {"new": "green", "update": "cyan", "withdraw": "yellow", "kill": "red", "expire": "magenta"}
_URGENT: Final = 2
_MAX_CHARS: Final = 110
_TAG = re.compile(r"<[^>]*>")
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s")  # noqa: RUF001 - Chinese and Japanese ends


def describe(change: Mapping[str, Any], now: datetime) -> str:
    """Time, kind, urgency, headline or first sentence, and who said it; coloured."""
    kind = str(change.get("kind"))
    story = change.get("story")
    parts = [
        click.style(now.strftime("%H:%M:%S"), dim=True),
        click.style(f"{_plain(kind):8}", fg=_COLOURS.get(kind)),
    ]
    if isinstance(story, dict):
        urgency = story.get("urgency")
        text = title(story) or str(change.get("uri"))
        urgent = isinstance(urgency, int) and urgency <= _URGENT
        parts.append(click.style(_plain(str(urgency)) if urgency else "-", fg="red" if urgent else None, bold=urgent))
        parts.append(click.style(_plain(text), bold=True))
        parts.append(click.style(f"({_plain(str(story.get('provider', '?')))})", dim=True))
    else:
        parts.append("-")
        parts.append(_plain(str(change.get("uri"))))
    return " ".join(parts)


def title(story: Mapping[str, Any]) -> str:
    """The headline; a brief has none, and its first sentence stands in."""
    for name in ("headlines", "descriptions", "bodies"):
        texts = story.get(name)
        for text in texts if isinstance(texts, list) else ():
            value = str(text.get("value", "")) if isinstance(text, dict) else ""
            if plain := " ".join(unescape(_TAG.sub(" ", value)).split()):
                return plain if name == "headlines" else _SENTENCE_END.split(plain, maxsplit=1)[0]
    enrichment = story.get("enrichment")
    summary = enrichment.get("summary") if isinstance(enrichment, dict) else None
    return _SENTENCE_END.split(summary, maxsplit=1)[0] if isinstance(summary, str) else ""


def _plain(text: str) -> str:
    """Cut to a line, and without what could steer a terminal."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= _MAX_CHARS else line[: _MAX_CHARS - 1] + "…"
