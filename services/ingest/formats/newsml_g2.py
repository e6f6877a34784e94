"""NewsML-G2: a newsItem as one story, a newsMessage as those that it carries.

Source: the IPTC's NewsML-G2 2.36, from whose older versions nothing is missing that concerns a story. A catalogue is
never fetched; packages, concepts and planning are no stories, and are refused.
"""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Final

from newswire.errors import UnsupportedError
from services.ingest.formats import newscodes
from services.ingest.formats.draft import Draft
from services.ingest.formats.element import WHITE, child, children, language_of, name
from services.ingest.formats.newsml_content import read_content
from services.ingest.formats.newsml_description import creators, read_description
from services.ingest.formats.newsml_item import NAMESPACE, Item, assertions, parts, schemes
from services.ingest.formats.newsml_management import read_management, read_rights
from services.ingest.formats.outcome import outcomes

if TYPE_CHECKING:
    from collections.abc import Callable

    from newswire.article import Article
    from services.ingest.formats.element import Element
    from services.ingest.formats.outcome import Outcome

# The document's own affairs: where its vocabularies are, and what else stands in it for the reader of it.
_OF_THE_DOCUMENT: Final = frozenset({"catalog", "catalogRef"})
_SECTIONS: Final[dict[str, Callable[[Item, Element], None]]] = {
    "itemMeta": read_management,
    "rightsInfo": read_rights,
    "contentMeta": read_description,
    "contentSet": read_content,
}


def parse(root: Element) -> Article:
    """The story of a newsItem. Raises ViolationError and TooLargeError."""
    return _story(root, {})


def parse_all(root: Element) -> tuple[Outcome, ...]:
    """What a newsMessage carries, in its order: each item's story, or what is wrong with it."""
    known = schemes(child(root, "header"))
    items = (item for item_set in children(root, "itemSet") for item in item_set)
    return outcomes(items, lambda item: _carried(item, known))


def _carried(item: Element, known: dict[str, str]) -> Article:
    if name(item) != (NAMESPACE, "newsItem"):
        msg = f"an item that is no story: {name(item)[1][:40]}; of a newsMessage only each newsItem is taken"
        raise UnsupportedError(msg)
    return _story(item, known)


def _story(root: Element, known: dict[str, str]) -> Article:
    draft = Draft(root)
    draft.put("uri", (root.get("guid") or "").strip(WHITE), root, "guid")
    draft.put("version", (root.get("version") or "").strip(WHITE), root, "version")
    language = language_of(root) or ""
    item = Item(draft, ChainMap(schemes(root), known, newscodes.STANDARD), assertions(root, language), language)
    sections = list(parts(root))
    # In this order whatever the document's: the item's own word comes before that of what it holds.
    for wanted, read in _SECTIONS.items():
        for section in [one for own, one in sections if own == wanted]:
            read(item, section)
    for section in [one for own, one in sections if own not in _SECTIONS and own not in _OF_THE_DOCUMENT]:
        draft.keep_whole(section)
    draft.put("language", language, root, "lang")
    # ninjs has the creators' names there, and so do the pages.
    draft.put("by", creators(item, root), root)
    return draft.article("/@guid")
