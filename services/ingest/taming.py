"""HTML that would cost its parser too much, made harmless before it gets there. Pure.

An HTML parser copes with every misnesting, by rules whose cost attackers can choose. Formatting elements that are left
open come back in each later paragraph: 20 kB of `<p><b title=1><b title=2>…<p>x<p>x…` become 19 MB and take 290 MB of
memory (measured with nh3 0.3.8). Deep nesting, character references and the attributes of one tag take quadratic time:
24 s for 1 MB. So a text with so much markup that this could matter is rewritten first: known tags only, each closed, in
order, and not too deep. A text that was well nested comes out as it was; what the sanitiser makes of the rest may
differ a little from a browser's guess.
"""

from __future__ import annotations

import re
from typing import Final

from newswire.errors import TooLargeError

MAX_TAGS: Final = 100_000
MAX_REFERENCES: Final = 200_000
MAX_DEPTH: Final = 100
_MAX_FORMATTING: Final = 8
# Up to here no text can do harm: formatting elements times tags bounds what comes back, tags bound the depth.
_HARMLESS_PRODUCT: Final = 100_000
_HARMLESS_TAGS: Final = 2_000
# The attributes of one tag are compared each with each.
_HARMLESS_CHARS: Final = 20_000
_MAX_ATTRIBUTES_CHARS: Final = 10_000


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FORMATTING: Final = _names("a b big code em font i nobr s small strike strong tt u")
_VOID: Final = _names("br col hr img source track wbr")
# Inline content: does not end an open paragraph. All else that is known does, as HTML has it.
_INLINE: Final = _names(
    "abbr audio bdi bdo cite del dfn ins kbd mark picture q rp rt ruby samp span sub sup time var video"
)
_BLOCKS: Final = _names(
    "address article aside blockquote caption colgroup dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header li ol p pre section summary table tbody td tfoot th thead tr ul"
)
# What ends when the element begins, up to the nearest of what holds them.
_ENDS: Final = {
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    "tr": frozenset({"tr"}),
    "tbody": frozenset({"thead", "tbody", "tfoot"}),
    "tfoot": frozenset({"thead", "tbody", "tfoot"}),
}
_HOLDERS: Final = _names("ul ol dl table blockquote")
_KNOWN: Final = _FORMATTING | _VOID | _INLINE | _BLOCKS

_FORMATTING_START = re.compile(rf"<(?:{'|'.join(sorted(_FORMATTING))})\b", re.IGNORECASE)
_REMOVED = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|textarea|title|xmp|iframe|noembed|noframes|noscript|template|svg|math)\b"
    r".*?(?:</\1\s*>|\Z)|<[!?][^>]*>?",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE: Final = r"""\s+[a-zA-Z][a-zA-Z0-9:_-]*(?:\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'=<>`]+))?"""
# What cannot be read of a tag is left out.
_TAG = re.compile(rf"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:{_ATTRIBUTE})*+)[^<>]*>")
_BARE_AMPERSAND = re.compile(r"&(?!#?[A-Za-z0-9]{1,32};)")


def tame(html: str) -> str:
    """The same text where it is harmless, else a rewritten one. Raises TooLargeError past the limits."""
    tags, ampersands = html.count("<"), html.count("&")
    if tags > MAX_TAGS or ampersands > MAX_REFERENCES:
        msg = f"a text of HTML with more than {MAX_TAGS} tags or {MAX_REFERENCES} character references"
        raise TooLargeError(msg)
    if len(html) + ampersands <= _HARMLESS_CHARS and _few(tags, html):
        return html
    return _Rewriter().rewrite(_BARE_AMPERSAND.sub("&amp;", _REMOVED.sub("", html)))


def _few(tags: int, html: str) -> bool:
    if tags * tags <= _HARMLESS_PRODUCT:
        return True
    return tags <= _HARMLESS_TAGS and tags * len(_FORMATTING_START.findall(html)) <= _HARMLESS_PRODUCT


class _Rewriter:
    """Copies text, and of its tags those that fit where they stand."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[str] = []

    def rewrite(self, html: str) -> str:
        end = 0
        for tag in _TAG.finditer(html):
            self._text(html[end : tag.start()])
            end = tag.end()
            name = tag[2].lower()
            if name not in _KNOWN:
                continue
            if tag[1]:
                self._end(name)
            else:
                self._start(name, tag[3] if len(tag[3]) <= _MAX_ATTRIBUTES_CHARS else "")
        self._text(html[end:])
        self._close(len(self._open))
        return "".join(self._out)

    def _text(self, text: str) -> None:
        # What is no tag as we read them must not be one as the parser does.
        self._out.append(text.replace("<", "&lt;"))

    def _start(self, name: str, attributes: str) -> None:
        if name not in _FORMATTING and name not in _INLINE and name not in _VOID:
            self._close_to(frozenset({"p"}))
        if ended := _ENDS.get(name):
            self._close_to(ended)
        if name in _VOID:
            self._out.append(f"<{name}{attributes}>")
        elif len(self._open) < MAX_DEPTH and not (name in _FORMATTING and self._formatting() >= _MAX_FORMATTING):
            self._out.append(f"<{name}{attributes}>")
            self._open.append(name)

    def _end(self, name: str) -> None:
        if name in _HOLDERS:
            self._close_to(frozenset({name}), holders=frozenset())
        else:
            self._close_to(frozenset({name}))

    def _close_to(self, names: frozenset[str], holders: frozenset[str] = _HOLDERS) -> None:
        """Close the innermost of these elements, and all within it; nothing when a holder stands between."""
        for depth, name in enumerate(reversed(self._open), 1):
            if name in names:
                self._close(depth)
                return
            if name in holders:
                return

    def _close(self, number: int) -> None:
        for _ in range(number):
            self._out.append(f"</{self._open.pop()}>")

    def _formatting(self) -> int:
        return sum(name in _FORMATTING for name in self._open)
