"""Characters that JSON can carry and XML cannot: they would break every feed in RSS and Atom.

NUL and the other C0 controls but tab, line feed and carriage return, and U+FFFE and U+FFFF, are taken out of every
string; vertical tab and form feed, which word processors use for line breaks, become line feeds. The uri
is left alone: it names the story, and what is not legal in a URI is percent-encoded there.
"""

from __future__ import annotations

from typing import Any, Final

_TABLE: Final = {
    **dict.fromkeys(code for code in range(0x20) if chr(code) not in "\t\n\r"),
    **dict.fromkeys((0x0B, 0x0C), "\n"),
    **dict.fromkeys((0xFFFE, 0xFFFF)),
}


def may_hold_controls(text: bytes) -> bool:
    """Whether a JSON text is worth the walk: how those characters can stand in one; a raw control is no JSON."""
    if b"\xef\xbf" in text:
        return True
    return b"\\" in text and (b"\\u" in text or b"\\b" in text or b"\\f" in text)


def without_controls(story: dict[str, Any]) -> dict[str, Any]:
    """The same value, with those characters taken out of every string but the story's uri."""
    return {key: item if key == "uri" else _clean(item) for key, item in story.items()}


def _clean(value: Any) -> Any:  # noqa: ANN401 - JSON is any value
    if isinstance(value, str):
        return value.translate(_TABLE)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return value
