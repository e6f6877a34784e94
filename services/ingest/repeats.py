"""Exact repeats: an article that was accepted last under its uri and version, pushed again to the letter.

Compared with the last one only: A, B and again A under one version is no repeat, since what comes last counts. Best
effort: without Redis a repeat is published again, and the projector drops it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from newswire.events import encode
from newswire.lifecycle import version_number
from services.ingest.idempotency import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newswire.events import ArticleEvent
    from services.ingest.memory import Memory

KEPT_SECONDS: Final = 24 * 3600
_DIGEST_CHARS: Final = 64


async def find_repeats(memory: Memory, events: Sequence[ArticleEvent]) -> list[str | None]:
    """For each event the id of the one that it repeats, if it does."""
    names = [_name(event) for event in events]
    last = dict(zip(names, await memory.recall(names), strict=True)) if names else {}
    found: list[str | None] = []
    for name, event in zip(names, events, strict=True):
        kept = last[name]
        repeats = _id_of(event, kept) if kept else None
        found.append(repeats)
        if repeats is None:
            # The next one may repeat this one.
            last[name] = _entry(event)
    return found


def remember(memory: Memory, events: Sequence[ArticleEvent]) -> None:
    """Keep what was accepted, in the order given."""
    entries = [(_name(event), _entry(event)) for event in events]
    memory.keep(entries, KEPT_SECONDS)


def _entry(event: ArticleEvent) -> bytes:
    return f"{_content(event)}{event.id}".encode()


def _id_of(event: ArticleEvent, kept: bytes) -> str | None:
    text = kept.decode()
    return text[_DIGEST_CHARS:] if text[:_DIGEST_CHARS] == _content(event) else None


def _name(event: ArticleEvent) -> str:
    article = event.article
    # As versions are compared: 1.0 after 1 is no other version.
    version = "kill" if article.status == "canceled" else str(version_number(article.version).normalize())
    return f"last:{digest(event.provider.encode(), article.uri.encode(), version.encode())}"


def _content(event: ArticleEvent) -> str:
    return digest(encode(event.article))
