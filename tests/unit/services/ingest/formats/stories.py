"""What the tests of the JSON formats share: our fixtures, and reading with every fault named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from newswire.errors import ViolationError
from newswire.instants import instant_us
from services.ingest.formats.ninjs import parse

FIXTURES = Path(__file__).with_name("fixtures")


def fixture(name: str) -> dict[str, Any]:
    story: dict[str, Any] = json.loads((FIXTURES / name).read_bytes())
    return story


def dumped(story: object) -> dict[str, Any]:
    return parse(json.dumps(story).encode()).dump()


def faults(story: object) -> dict[str, str]:
    """Pointer to detail."""
    with pytest.raises(ViolationError) as caught:
        dumped(story)
    return {violation.pointer: violation.detail for violation in caught.value.violations}


def missing(story: object, found: object) -> list[object]:
    """The values of a story that do not come back: not as they are, not as the same instant, not within a text."""
    kept = list(_values(found))
    texts = [value for value in kept if isinstance(value, str)]
    instants = {_instant(text) for text in texts}
    return [
        value
        for value in _values(story)
        if value not in kept
        and str(value) not in texts
        and (_instant(value) is None or _instant(value) not in instants)
        and not any(isinstance(value, str) and value in text for text in texts)
    ]


def _values(value: object) -> list[object]:
    if isinstance(value, dict):
        return [inner for item in value.values() for inner in _values(item)]
    if isinstance(value, list):
        return [inner for item in value for inner in _values(item)]
    return [] if value is None else [value]


def _instant(value: object) -> int | None:
    try:
        return instant_us(value) if isinstance(value, str) else None
    except ValueError:
        return None
