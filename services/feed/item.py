"""Cards to what readers get: bytes put together, never parsed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson

if TYPE_CHECKING:
    from services.feed.store.reader import Card, Change


def story_path(uri: str) -> str:
    """The path of a story's page: its uri is one segment, percent-encoded whole."""
    return "/stories/" + quote(uri, safe="")


def item(card: Card, public_url: str, *, bodies: bool) -> bytes:
    """The item as JSON: the card with its url, and with its bodies where they are asked for."""
    url = orjson.dumps(public_url + story_path(card.uri))
    if bodies and card.bodies:
        return b'%b,"bodies":%b,"url":%b}' % (card.item[:-1], card.bodies, url)
    return b'%b,"url":%b}' % (card.item[:-1], url)


def items(cards: tuple[Card, ...], public_url: str, *, bodies: bool) -> bytes:
    """A JSON array of items."""
    return b"[%b]" % b",".join(item(card, public_url, bodies=bodies) for card in cards)


def change_start(change: Change) -> bytes:
    """A change as JSON, up to where its story belongs."""
    return b'{"change":%d,"kind":"%b","uri":%b,"version":%b,"story":' % (
        change.change,
        change.kind.encode(),
        orjson.dumps(change.uri),
        orjson.dumps(change.version),
    )


def change_line(change: Change, public_url: str, *, bodies: bool) -> bytes:
    """A change as one line of JSON; the story is null when it is gone."""
    story = b"null" if change.card is None else item(change.card, public_url, bodies=bodies)
    return b"%b%b}" % (change_start(change), story)
