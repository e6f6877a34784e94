from __future__ import annotations

import pytest

from newswire.cli.formats import AUTO, FORMATS, content_type, stories
from newswire.cli.stories import Story
from services.ingest.formats import reader_for

RSS = b'<rss version="2.0"/>'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.json", b"<", "application/json"),
        ("a.NDJSON", b"", "application/json"),
        ("a.jsonl", b"", "application/json"),
        ("a.xml", b"{", "application/xml"),
        ("a.nitf", b"", "application/xml"),
        ("a.newsml", b"", "application/xml"),
        ("a.b.rss", b"", "application/rss+xml"),
        ("a.atom", b"", "application/atom+xml"),
        ("-", b"\xef\xbb\xbf \n<nitf/>", "application/xml"),
        ("story", "<nitf/>".encode("utf-16"), "application/xml"),
        ("story.txt", b'{"uri": "x:1"}', "application/json"),
        ("story.txt", b"[]", "application/json"),
        ("story.txt", b"nonsense", "application/json"),
        ("", b"", "application/json"),
    ],
)
def test_by_suffix_then_by_content(name: str, text: bytes, expected: str) -> None:
    assert content_type(AUTO, name, text) == expected


def test_what_is_said_is_stronger() -> None:
    assert content_type("rss", "a.json", b"{}") == "application/rss+xml"
    assert content_type("ninjs", "a.xml", b"<nitf/>") == "application/json"


@pytest.mark.parametrize("form", FORMATS)
def test_ingest_takes_what_is_sent(form: str) -> None:
    assert reader_for(content_type(form, "a.xml", b""))


def test_a_document_is_sent_whole() -> None:
    assert stories(AUTO, "a.rss", RSS) == [Story(RSS, None, "a.rss", "application/rss+xml")]
    assert stories("ninjs", "a", b'{"uri": "x:1"}\n{}') == [
        Story(b'{"uri": "x:1"}', "x:1", "a, line 1"),
        Story(b"{}", None, "a, line 2"),
    ]
    assert stories(AUTO, "a.xml", b" \n") == stories(AUTO, "a.json", b"") == []
