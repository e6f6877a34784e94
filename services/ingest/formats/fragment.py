"""Marked-up text as HTML: what a page can show of XHTML, or of a vocabulary that is told which tag stands for which.

Nothing is judged here: admission sanitises all HTML by allowlist.
"""

from __future__ import annotations

import re
from html import escape
from html import unescape as _unescape
from typing import TYPE_CHECKING, Final

from services.ingest.formats.element import LANG, WHITE, local, squeezed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.ingest.formats.element import Element

    Special = Callable[[Element], str | None]

_VOID: Final = frozenset({"br", "col", "hr", "img", "source", "track", "wbr"})
# Enough to tell HTML from a text with a "<" in it.
_A_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>")
_REFERENCE = re.compile(r"&(?:#(?:\d{1,7}|[xX][0-9a-fA-F]{1,6})|[a-zA-Z][a-zA-Z0-9]{1,30});")


class Writer:
    """Writes elements as HTML: renamed by `tags`, or as `special` says, where that is not None."""

    def __init__(self, tags: Mapping[str, str] | None = None, special: Special | None = None) -> None:
        self._tags = tags
        self._special = special

    def inner(self, element: Element) -> str:
        """What it holds."""
        parts = [escape(element.text or "", quote=False)]
        for child in element:
            parts += (self.outer(child), escape(child.tail or "", quote=False))
        return "".join(parts)

    def outer(self, element: Element) -> str:
        """It and what it holds; only the latter where `tags` knows no tag for it."""
        special = self._special(element) if self._special else None
        if special is not None:
            return special
        tag = local(element).lower() if self._tags is None else self._tags.get(local(element), "")
        if not tag:
            return self.inner(element)
        start = f"<{tag}{_attributes(element)}>"
        return start if tag in _VOID else f"{start}{self.inner(element)}</{tag}>"


def _attributes(element: Element) -> str:
    plain = ((str(key), str(value)) for key, value in element.items() if not str(key).startswith("{"))
    found = dict(plain)
    if lang := element.get(LANG):
        found["lang"] = lang
    return "".join([f' {key}="{escape(value)}"' for key, value in found.items()])


def inner_html(element: Element) -> str:
    """What an element of XHTML holds, as HTML."""
    return Writer().inner(element).strip(WHITE)


def is_marked_up(text: str) -> bool:
    """Whether a text of a feed, which does not say what it is, holds tags."""
    return _A_TAG.search(text) is not None


def unescaped(text: str) -> str:
    """A line of plain text of a feed that was escaped once too often: `AT&amp;T` within the XML."""
    return squeezed(_REFERENCE.sub(lambda found: _character(found[0]), text))


def _character(reference: str) -> str:
    text = _unescape(reference)
    # Neither the controls that XML forbids nor half a character.
    legal = all(char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff" for char in text)
    return text if legal else " "
