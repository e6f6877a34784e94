"""What stands before an XML document's first element: how its bytes are read, and a DOCTYPE that may do nothing.

An internal subset can declare entities that grow without bound (the "billion laughs") or that name files and
addresses. So it is refused before a parser sees it, an empty one too; a bare DOCTYPE is cut off, and never fetched.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from newswire.errors import MalformedError

# The longer mark first: UTF-32's begins like UTF-16's, and what is taken for the latter holds NULs, which XML forbids.
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# As browsers read them: who says Latin-1 means Windows' quotes and dashes, where Latin-1 has control characters.
_WINDOWS_1252: Final = ("iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "windows-1252", "cp1252")
# UTF-16 without its mark is a mistake of the writer's: the declaration could be read, so the bytes are no UTF-16.
_UTF_8: Final = ("utf-8", "utf8", "utf-16", "utf16")
# No others: UTF-7 and its like hide markup from everything that looked at the bytes before.
_CODECS: Final = {
    **dict.fromkeys(_WINDOWS_1252, "cp1252"),
    **dict.fromkeys(_UTF_8, "utf-8"),
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)},
    **{f"windows-{page}": f"cp{page}" for page in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)},
    **{name: name for name in ("koi8-r", "koi8-u", "big5", "gbk", "gb18030", "shift_jis", "euc-jp", "euc-kr")},
    "us-ascii": "ascii",
    "ascii": "ascii",
    "gb2312": "gb18030",
}
# Far longer than any real one.
_MAX_DECLARATION: Final = 512
_DECLARATION = re.compile(rb"<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(rb"""\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_SPACE = re.compile(r"[ \t\r\n]*")
_XML_TARGET = re.compile(r"<\?xml[\s?]", re.IGNORECASE)
_LITERAL: Final = r"""(?:"[^"]*"|'[^']*')"""
_BARE_DOCTYPE = re.compile(
    rf"<!DOCTYPE\s+[^\s<>\[\]\"']+(?:\s+(?:SYSTEM\s+{_LITERAL}|PUBLIC\s+{_LITERAL}(?:\s+{_LITERAL})?))?\s*>"
)


def document(text: bytes, charset: str | None = None) -> str:
    """The root element as text, without what stands before it; a mark wins over `charset`, that over the declaration.

    Raises MalformedError.
    """
    return _without_prolog(_decode(text, charset))


def _decode(text: bytes, charset: str | None) -> str:
    for mark, codec in _MARKS:
        if text.startswith(mark):
            return _decoded(text[len(mark) :], codec)
    name = charset or _declared(text)
    codec = _CODECS.get(name.strip().lower(), "")
    if not codec:
        msg = "an encoding that is not taken here: utf-8 is best"
        raise MalformedError(msg)
    return _decoded(text, codec)


def _declared(text: bytes) -> str:
    declaration = _DECLARATION.match(text, 0, _MAX_DECLARATION)
    encoding = _ENCODING.search(declaration[0]) if declaration else None
    return encoding[1].decode("ascii") if encoding else "utf-8"


def _decoded(text: bytes, codec: str) -> str:
    try:
        return text.decode(codec)
    except UnicodeDecodeError as error:
        msg = f"bytes that are no {codec}"
        raise MalformedError(msg) from error


def _without_prolog(text: str) -> str:
    at = text.find("?>") + 2 if _XML_TARGET.match(text) else 0
    doctype = False
    while True:
        at = _skip_space(text, at)
        if text.startswith("<!--", at):
            at = _past(text, "-->", at + 4)
        elif text.startswith("<!DOCTYPE", at) and not doctype:
            at, doctype = _past_doctype(text, at), True
        elif text.startswith("<?", at) and not _XML_TARGET.match(text, at):
            at = _past(text, "?>", at)
        else:
            return _root(text, at)


def _root(text: str, at: int) -> str:
    # A second DOCTYPE or declaration would be the parser's first, and nothing had looked into it.
    if text.startswith(("<!", "<?"), at):
        msg = "what cannot stand before the root element: a second DOCTYPE or a late XML declaration"
        raise MalformedError(msg)
    return text[at:]


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _past(text: str, end: str, at: int) -> int:
    found = text.find(end, at)
    if found < 0:
        msg = "a comment or an instruction that never ends"
        raise MalformedError(msg)
    return found + len(end)


def _past_doctype(text: str, at: int) -> int:
    bare = _BARE_DOCTYPE.match(text, at)
    if bare is None:
        msg = "a DOCTYPE that is more than a name and an identifier: no internal subset, not even an empty one"
        raise MalformedError(msg)
    return bare.end()
