"""The children of a feed's elements by their names, each element looked through once: a feed may hold very many."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from services.ingest.formats.element import name, text_of

if TYPE_CHECKING:
    from services.ingest.formats.element import Element

    Key = tuple[str, str]

# PRISM has an address for each of its versions, and means the same by all of them.
PRISM: Final = "prism"
_PRISM = re.compile(r"http://prismstandard\.org/namespaces/.*")


def key_of(element: Element) -> Key:
    """Its namespace and local name; PRISM's under one name for all versions."""
    namespace, own = name(element)
    return (PRISM if _PRISM.fullmatch(namespace) else namespace), own


class Index:
    """What was found so far."""

    def __init__(self) -> None:
        self._children: dict[Element, dict[Key, list[Element]]] = {}
        self._words: dict[tuple[Element, Key], tuple[str, Element] | None] = {}

    def each(self, element: Element, *keys: Key) -> list[Element]:
        """The children of these names: all of the first name, then of the next."""
        known = self._children.get(element)
        if known is None:
            known = self._children[element] = {}
            for one in element:
                known.setdefault(key_of(one), []).append(one)
        return [one for key in keys for one in known.get(key, ())]

    def word(self, element: Element, *keys: Key) -> tuple[str, Element] | None:
        """The first text under these names, and where it stands."""
        found = (self._word(element, key) for key in keys)
        return next((word for word in found if word), None)

    def _word(self, element: Element, key: Key) -> tuple[str, Element] | None:
        if (element, key) not in self._words:
            texts = ((text_of(one), one) for one in self.each(element, key))
            self._words[element, key] = next((word for word in texts if word[0]), None)
        return self._words[element, key]
