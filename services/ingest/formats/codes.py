"""Concepts with a scheme and a code, as in ninjs 1.x -> with a URI and a literal, as in ninjs 3.

A scheme that is a URI: the uri is both together, and the literal is the code. Another scheme goes before the code, with
a colon, as the literal. A code that is a URI itself, or a QCode of the IPTC's (`medtop:20000139`), needs no scheme.
"""

from __future__ import annotations

import re
from typing import Any, Final

from services.ingest.formats.newscodes import STANDARD, expand

_URI = re.compile(r"(?:https?|ftp)://\S+|(?:urn|tag):\S+", re.IGNORECASE)
_ENDS: Final = ("/", "#", "=", ":", "?", "&")


def identity(value: dict[str, Any], key: str = "code") -> tuple[dict[str, str], tuple[str, ...]]:
    """What names a concept, `uri` and `literal`, and the properties that are used up for it."""
    code, scheme = _code(value.get(key)), value.get("scheme")
    if code is None or "uri" in value or "literal" in value:
        return {}, ()
    if _URI.fullmatch(code):
        within = isinstance(scheme, str) and code.startswith(scheme)
        return {"uri": code}, (key, "scheme") if within else (key,)
    if uri := expand(code, STANDARD):
        return {"uri": uri, "literal": code}, (key,)
    if not isinstance(scheme, str) or not scheme:
        return {"literal": code}, (key,)
    if _URI.fullmatch(scheme):
        return {"uri": _join(scheme, code), "literal": code}, (key, "scheme")
    return {"literal": f"{scheme}:{code}"}, (key, "scheme")


def _code(code: object) -> str | None:
    if isinstance(code, int) and not isinstance(code, bool):
        return str(code)
    return code if isinstance(code, str) and code else None


def _join(scheme: str, code: str) -> str:
    return f"{scheme}{code}" if scheme.endswith(_ENDS) else f"{scheme}/{code}"
