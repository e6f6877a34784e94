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
    kept = await memory.recall([_name(event) for event in events])
    return [_id_of(event, found) if found else None for event, found in zip(events, kept, strict=True)]


async def remember(memory: Memory, events: Sequence[ArticleEvent]) -> None:
    """Keep what was accepted, in the order given."""
    entries = [(_name(event), f"{_content(event)}{event.id}".encode()) for event in events]
    await memory.keep(entries, KEPT_SECONDS)


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
