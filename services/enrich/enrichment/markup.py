"""HTML -> blocks of text, in the document's order, by selectolax (lexbor, the parser of the HTML standard).

The tree is walked with a stack of our own: hostile markup nests deeper than Python recurses.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from services.enrich.enrichment.wordlists import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

_SOURCE_LIMIT = 1_000_000
_SKIPPED = listed("""
    audio, button, canvas, datalist, dialog, embed, figcaption, footer, form, head, iframe, input, math, nav,
    noscript, object, option, picture, script, select, style, svg, template, textarea, title, video, aside
""")
_INLINE = listed("""
    a, abbr, acronym, b, bdi, bdo, big, center, cite, code, data, del, dfn, em, font, i, ins, kbd, label, mark,
    q, ruby, s, samp, small, span, strike, strong, sub, sup, time, tt, u, var, wbr, img, nobr, person, org,
    location, chron
""")
_CLASSES_OF_FURNITURE = listed("""
    advertisement, author-bio, byline, caption, credit, newsletter, newsletter-signup, pullquote, pull-quote,
    related, related-articles, share, sr-only, visually-hidden
""")
_TAG = re.compile(
    r"</?(?:p|div|br|span|a|b|i|em|strong|ul|ol|li|h[1-6]|blockquote|table|article|section|img|html|body)\b"
)
# A picture in base64 would use up the limit before the first word.
_INLINE_DATA = re.compile(r"\bdata:[\w/+.;=-]{0,80}base64,[\w+/=%-]*", re.ASCII)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Block:
    """One block's text. Lines are what `<br>` parts; `linked` is the share (0 to 1) of it that is inside links."""

    text: str
    linked: float = 0.0


def is_markup(text: str) -> bool:
    """Whether a text of unknown type holds tags of HTML."""
    return bool(_TAG.search(text, 0, _SOURCE_LIMIT))


def read_blocks(markup: str, limit: int) -> list[Block]:
    """The blocks of a page or a fragment; scripts, navigation, captions and what is hidden are left out.

    `limit` in characters: the parser takes time in the square of the nesting, 0.4 s for 100,000 characters of `<div>`.
    """
    root = LexborHTMLParser(_INLINE_DATA.sub("", markup[:_SOURCE_LIMIT])[:limit]).root
    page = _Page()
    if root is not None:
        _walk(root, page)
    page.end_block()
    return page.blocks


def plain(text: str, limit: int) -> str:
    """A text of unknown type without tags and entities; `limit` in characters."""
    if is_markup(text):
        return " ".join(block.text for block in read_blocks(text, limit))
    return html.unescape(text[:limit])


def _walk(root: LexborNode, page: _Page) -> None:
    opened: list[tuple[str, Iterator[LexborNode]]] = [("", root.iter(include_text=True))]
    while opened:
        tag, children = opened[-1]
        child = next(children, None)
        if child is None:
            opened.pop()
            page.leave(tag)
        elif child.is_text_node:
            page.add(child.text_content or "")
        elif child.is_element_node and not _is_skipped(child):
            page.enter(child.tag or "")
            opened.append((child.tag or "", child.iter(include_text=True)))


def _is_skipped(node: LexborNode) -> bool:
    if node.tag in _SKIPPED:
        return True
    if node.first_child is None:
        return False
    attributes = node.attributes
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    return not _CLASSES_OF_FURNITURE.isdisjoint((attributes.get("class") or "").lower().split())


@dataclass(slots=True)
class _Page:
    blocks: list[Block] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    links: int = 0
    linked: int = 0

    def enter(self, tag: str) -> None:
        if tag == "a":
            self.links += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag not in _INLINE:
            self.end_block()

    def leave(self, tag: str) -> None:
        if tag == "a":
            self.links -= 1
        elif tag not in _INLINE and tag != "br":
            self.end_block()

    def add(self, text: str) -> None:
        self.parts.append(_SPACE.sub(" ", text))
        if self.links:
            self.linked += len(text)

    def end_block(self) -> None:
        if self.parts:
            text = "".join(self.parts).strip()
            if text:
                self.blocks.append(Block(text, min(1.0, self.linked / len(text))))
            self.parts = []
        self.linked = 0
