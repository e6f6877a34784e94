from __future__ import annotations

import pytest

from newswire.article import Article
from newswire.errors import MalformedError, UnsupportedError
from services.ingest.formats import Read, essence_of, reader_for

NITF = '<nitf><head><docdata><doc-id id-string="urn:x:1"/></docdata></head><body/></nitf>'
FEED = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:x:1</id><title>Käse</title></entry><entry/></feed>'
JSON_TYPES = [
    "application/json",
    "application/ninjs+json",
    "Application/JSON",
    "application/vnd.x+json",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/json ;",
    'application/ld+json; profile="https://x/a;b"; charset=utf8',
]
XML_TYPES = [
    "application/xml",
    "text/xml; charset=utf-8",
    "application/rss+xml",
    "Application/Atom+XML; type=feed",
    "application/vnd.iptc.g2.newsitem+xml",
    "application/vnd.iptc.g2.newsmessage+xml",
    "application/nitf+xml",
    "text/vnd.IPTC.NITF",
]
NEITHER = [
    None,
    "",
    "text/json",
    "application/jsonx",
    "application/+json",
    "application/+xml",
    "text/plain",
    "text/html",
    "image/svg+xml",
    "multipart/form-data; boundary=x",
    "application/json, text/plain",
    "application/json; charset",
    "application/xml; charset=utf-8; charset=utf-16",
    "application/json;" + " ;" * 30_000,
    "application/xml;" + " ;" * 30_000,
]


def read(content_type: str, text: str | bytes) -> Read:
    return reader_for(content_type).read(text.encode() if isinstance(text, str) else text)


@pytest.mark.parametrize("content_type", JSON_TYPES)
def test_json_is_one_story(content_type: str) -> None:
    assert not reader_for(content_type).several
    assert read(content_type, '{"uri": "x"}') == Read((Article(uri="x"),), single=True)


@pytest.mark.parametrize("content_type", XML_TYPES)
def test_xml_is_told_by_its_root(content_type: str) -> None:
    assert reader_for(content_type).several
    assert read(content_type, NITF) == Read((Article(uri="urn:x:1"),), single=True)
    found = read(content_type, FEED)
    assert not found.single
    assert [isinstance(story, Article) for story in found.stories] == [True, False]
    with pytest.raises(UnsupportedError):
        read(content_type, "<html/>")


@pytest.mark.parametrize("content_type", NEITHER)
def test_all_else_is_unsupported(content_type: str | None) -> None:
    with pytest.raises(UnsupportedError):
        reader_for(content_type)


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "us-ascii"])
def test_json_is_utf_8(charset: str) -> None:
    with pytest.raises(UnsupportedError):
        reader_for(f"application/json; charset={charset}")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"iso-8859-1"', "windows-1252", "utf-16"])
def test_xml_may_be_in_another_charset(charset: str) -> None:
    (found, _) = read(f"text/xml; charset={charset}", FEED.encode(charset.strip('"'))).stories
    assert isinstance(found, Article)
    assert found.dump()["headlines"] == [{"value": "Käse"}]
    with pytest.raises(MalformedError):
        read("text/xml; charset=utf-7", FEED)


def test_the_essence_of_a_type() -> None:
    assert essence_of(" application/x-ndjson ;charset=utf-8") == "application/x-ndjson"
    assert essence_of(None) == ""
    with pytest.raises(UnsupportedError):
        essence_of("application/x-ndjson; charset=utf-16")
