"""XML, read so that a hostile document costs no more than an honest one: nothing declared, fetched or deeply nested."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from newswire.errors import MalformedError, TooLargeError
from services.ingest.formats.prolog import document

MAX_NESTING: Final = 64
# A feed of 8 MiB may hold that many tags of HTML; the parser's tree of them takes some 60 MB.
MAX_ELEMENTS: Final = 200_000
MAX_ATTRIBUTES: Final = 200_000
# Each is looked up by each name below it.
MAX_NAMESPACES: Final = 2_000

_MARKUP = re.compile(
    r"""<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<(/?)((?:[^<>"']|"[^"]*"|'[^']*')*+)>?""",
    re.DOTALL,
)
_QUOTED = re.compile(r""""[^"]*"|'[^']*'""")
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_NESTING + 1) + ")")
_RESOURCE_LIMITS: Final = frozenset({etree.ErrorTypes.ERR_INTERNAL_ERROR, etree.ErrorTypes.ERR_RESOURCE_LIMIT})


def load(text: bytes, charset: str | None = None) -> etree._Element:
    """The root element, without comments and instructions; `charset` is what the transport says of the bytes.

    Raises MalformedError and TooLargeError.
    """
    source = document(text, charset)
    _bound_size(source)
    try:
        root = etree.fromstring(source.encode(), _parser())
    except UnicodeEncodeError as error:
        msg = "a character that is half of one"
        raise MalformedError(msg) from error
    except etree.XMLSyntaxError as error:
        raise _translated(error) from error
    if _TOO_DEEP(root):
        raise _too_deep()
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _bound_size(source: str) -> None:
    # First the cheap upper bounds, which settle nearly every document; HTML in a CDATA section is no markup.
    _bound(namespaces=source.count("xmlns"))
    if source.count("<") <= MAX_ELEMENTS and source.count("=") <= MAX_ATTRIBUTES:
        return
    elements = attributes = 0
    for tag in _MARKUP.finditer(source):
        if tag[2] and not tag[1]:
            elements += 1
            attributes += _QUOTED.sub("", tag[2]).count("=")
            _bound(elements, attributes)


def _bound(elements: int = 0, attributes: int = 0, namespaces: int = 0) -> None:
    if elements > MAX_ELEMENTS or attributes > MAX_ATTRIBUTES or namespaces > MAX_NAMESPACES:
        msg = f"more than {MAX_ELEMENTS} elements or attributes, or {MAX_NAMESPACES} declarations of namespaces"
        raise TooLargeError(msg)


def _translated(error: etree.XMLSyntaxError) -> MalformedError | TooLargeError:
    # The library's text may hold the document's: only the place is told.
    if getattr(error, "code", None) in _RESOURCE_LIMITS:
        return _too_deep()
    line, column = error.position
    return MalformedError(f"not well-formed XML, at line {line}, column {column}, counted from the root element")


def _too_deep() -> TooLargeError:
    return TooLargeError(f"nested deeper than {MAX_NESTING} levels")
