from __future__ import annotations

from typing import Any

import pytest

from services.ingest.formats.codes import identity

MEDIA_TOPIC = "http://cv.iptc.org/newscodes/mediatopic/20000139"


@pytest.mark.parametrize(
    ("scheme", "code", "uri", "literal"),
    [
        ("https://s.example/", "a", "https://s.example/a", "a"),
        ("https://s.example", "a", "https://s.example/a", "a"),
        ("https://s.example/x#", "a", "https://s.example/x#a", "a"),
        ("https://s.example/?q=", "a", "https://s.example/?q=a", "a"),
        ("urn:s:", "a", "urn:s:a", "a"),
        ("topics", "a", None, "topics:a"),
        (None, "a", None, "a"),
        ("", "a", None, "a"),
        (None, 12, None, "12"),
        (None, "https://s.example/a", "https://s.example/a", None),
        ("https://s.example/", "https://s.example/a", "https://s.example/a", None),
        ("topics", "https://s.example/a", "https://s.example/a", None),
        (None, "medtop:20000139", MEDIA_TOPIC, "medtop:20000139"),
        ("topics", "medtop:20000139", MEDIA_TOPIC, "medtop:20000139"),
        (None, "nosuch:1", None, "nosuch:1"),
        ("https://s.example/", None, None, None),
        ("https://s.example/", "", None, None),
        ("https://s.example/", True, None, None),
        ("https://s.example/", ["a"], None, None),
        (5, "a", None, "a"),
    ],
)
def test_a_scheme_and_a_code(scheme: Any, code: Any, uri: str | None, literal: str | None) -> None:
    found, used = identity({"scheme": scheme, "code": code})
    assert (found.get("uri"), found.get("literal")) == (uri, literal)
    # What is not within the uri or the literal is not used up, and so is kept.
    for name, value in (("scheme", scheme), ("code", code)):
        assert (name not in used) or str(value) in f"{uri} {literal}"


@pytest.mark.parametrize("given", ["uri", "literal"])
def test_what_a_concept_has_already_stays(given: str) -> None:
    assert identity({given: "x", "scheme": "https://s.example/", "code": "a"}) == ({}, ())
