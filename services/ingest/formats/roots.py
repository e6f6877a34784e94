"""Which XML is taken: the reader for each root element."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from newswire.errors import UnsupportedError
from services.ingest.formats import atom, newsml_g2, newsml_item, nitf, rss
from services.ingest.formats.element import name

if TYPE_CHECKING:
    from collections.abc import Callable

    from newswire.article import Article
    from services.ingest.formats.element import Element
    from services.ingest.formats.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Single:
    """A root that is one story."""

    parse: Callable[[Element], Article]


@dataclass(frozen=True, slots=True)
class Several:
    """A root that holds any number of stories, none of which spoils another."""

    parse_all: Callable[[Element], tuple[Outcome, ...]]


ROOTS: Final[dict[tuple[str, str], Single | Several]] = {
    (newsml_item.NAMESPACE, "newsItem"): Single(newsml_g2.parse),
    (newsml_item.NAMESPACE, "newsMessage"): Several(newsml_g2.parse_all),
    ("", "nitf"): Single(nitf.parse),
    (nitf.NAMESPACE, "nitf"): Single(nitf.parse),
    ("", "rss"): Several(rss.parse_all),
    (atom.NAMESPACE, "feed"): Several(atom.parse_all),
    (atom.NAMESPACE, "entry"): Single(atom.parse),
}
# Known, and no stories: said so, and not that they are unknown.
_NO_STORIES: Final = frozenset({"packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem"})


def reader_of(root: Element) -> Single | Several:
    """What reads a document with this root. Raises UnsupportedError."""
    namespace, own = name(root)
    if reader := ROOTS.get((namespace, own)):
        return reader
    if namespace == newsml_item.NAMESPACE and own in _NO_STORIES:
        msg = f"a NewsML-G2 {own} is no story; taken are newsItem and newsMessage"
    else:
        msg = (
            "an XML root that is not taken here: NewsML-G2's newsItem and newsMessage, nitf, rss, Atom's feed and entry"
        )
    raise UnsupportedError(msg)
