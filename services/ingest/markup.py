"""HTML in a story, sanitised by allowlist; plain text stays the text it is.

After admission a text is HTML if and only if its contentType is `text/html`, and is then safe to put on a page.
Everything else is plain text, whatever it looks like, and has to be escaped by whoever shows it:

- contentType `text/html` or `application/xhtml+xml`: sanitised (what comes out is HTML, so the latter is renamed);
- no contentType, in a body or a description that holds a whole tag of HTML: sanitised, and marked `text/html`;
- any other contentType but `text/plain` (feeds say `body_xhtml`, `html` and worse), with a whole tag of HTML: the same;
- anything else, `text/plain` above all, and a headline without a contentType: untouched.

No text is lost, but what no reader sees: scripts, styles, comments, and the title of a whole document. An embed (an
`iframe`) becomes a link to what it would have shown. An address that is not whole would lead into the feed: it goes,
and what it was on stays.
"""

from __future__ import annotations

import html
import re
from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

import nh3

from services.ingest.taming import tame

if TYPE_CHECKING:
    from collections.abc import Iterable

    from newswire.article import NewsObject, Text

HTML: Final = "text/html"
_PLAIN: Final = "text/plain"
_XHTML: Final = "application/xhtml+xml"

# Neither forms, frames and scripts, nor ids, classes and styles, which would reach into the page around them.
_TAG_NAMES: Final = (
    "a abbr address article aside audio b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div "
    "dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark ol p picture pre q rp rt ruby "
    "s samp section small source span strong sub summary sup table tbody td tfoot th thead time tr track u ul var "
    "video wbr"
)
_TAGS: Final = frozenset(_TAG_NAMES.split())
_ATTRIBUTES: Final = {
    "*": "lang dir title",
    "a": "href hreflang",
    "audio": "src controls",
    "blockquote": "cite",
    "col": "span",
    "colgroup": "span",
    "del": "cite datetime",
    "img": "src srcset sizes alt width height loading",
    "ins": "cite datetime",
    "li": "value",
    "ol": "start reversed type",
    "q": "cite",
    "source": "src srcset sizes media type width height",
    "td": "colspan rowspan headers",
    "th": "colspan rowspan headers scope abbr",
    "time": "datetime",
    "track": "src kind srclang label",
    "video": "src controls poster width height",
}
_ADDRESSES: Final = frozenset({"src", "poster", "cite"})
_OF_THE_WEB: Final = ("http://", "https://")
_SIZE = re.compile(r"(?:\d{1,6}(?:\.\d{1,4})?[wx])?", re.ASCII)


def _attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "srcset":
        return _secure_srcset(value)
    return value if name not in _ADDRESSES or value.strip().lower().startswith(_OF_THE_WEB) else None


def _secure_srcset(value: str) -> str | None:
    """The candidates over https, which the sanitiser does not take apart; for the others there is the `src`."""
    kept, words = [], deque(value.split())
    while words:
        address, size = words.popleft(), ""
        if not address.endswith(",") and words:
            # A comma within an address is its own.
            size, _, following = words.popleft().partition(",")
            words.extendleft([following] if following else [])
        if address.lower().startswith("https://") and _SIZE.fullmatch(size):
            kept.append(f"{address.rstrip(',')} {size}".rstrip())
    return ", ".join(kept) or None


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags={"script", "style", "title"},
    attributes={tag: set(names.split()) for tag, names in _ATTRIBUTES.items()},
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative="deny",
    link_rel="noopener",
)
# Only the tag: what is within, for those who cannot embed, is text like any other.
_EMBED = re.compile(r"<iframe\b([^<>]*)>", re.IGNORECASE)
_EMBEDDED = re.compile(r"""\ssrc\s*=\s*["']?((?:https?:)?//[^\s"'<>]{1,2000})""", re.IGNORECASE)
_A_TAG = re.compile(rf"</?(?:{'|'.join(sorted(_TAGS | {'script', 'style', 'iframe'}))})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^>]*>")

T = TypeVar("T", bound="NewsObject")


def is_html(content_type: str | None) -> bool:
    """Whether a contentType says HTML, parameters aside."""
    return content_type is not None and _essence(content_type) in (HTML, _XHTML)


def _essence(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def sanitise(news: T) -> T:
    """The same object, its HTML safe to put on a page, associations included; itself when there was none."""
    changes: dict[str, object] = {}
    for name, texts, guess in (
        ("headlines", news.headlines, False),
        ("descriptions", news.descriptions, True),
        ("bodies", news.bodies, True),
    ):
        if texts and (cleaned := _clean_all(texts, guess=guess)) is not texts:
            changes[name] = cleaned
    if news.associations:
        changes["associations"] = tuple([sanitise(held) for held in news.associations])
    return news.model_copy(update=changes) if changes else news


def _clean_all(texts: tuple[Text, ...], *, guess: bool) -> tuple[Text, ...]:
    cleaned = tuple([_clean(text, guess=guess) for text in texts])
    return texts if all(map(_same, texts, cleaned)) else cleaned


def _clean(text: Text, *, guess: bool) -> Text:
    kind = text.content_type
    if not (is_html(kind) or (_may_be_html(kind, guess=guess) and _A_TAG.search(text.value))):
        return text
    value = _CLEANER.clean(tame(_EMBED.sub(_link, text.value)))
    named = kind is not None and kind.strip().lower().startswith(HTML)
    if named and value == text.value:
        return text
    return text.model_copy(update={"value": value, "content_type": kind if named else HTML})


def _link(embed: re.Match[str]) -> str:
    found = _EMBEDDED.search(embed[1])
    if found is None:
        return ""
    address = found[1] if found[1].lower().startswith("http") else f"https:{found[1]}"
    shown = html.escape(html.unescape(address))
    return f'<p><a href="{shown}">{shown}</a></p>'


def _may_be_html(content_type: str | None, *, guess: bool) -> bool:
    return guess if content_type is None else _essence(content_type) != _PLAIN


def _same(one: object, other: object) -> bool:
    return one is other


def has_text(texts: Iterable[Text] | None) -> bool:
    """Whether any of the (sanitised) texts holds more than space and tags."""
    return any(_visible(text) for text in texts or ())


def _visible(text: Text) -> bool:
    if not is_html(text.content_type):
        return bool(text.value.strip())
    return bool(html.unescape(_ANY_TAG.sub("", text.value)).strip())
