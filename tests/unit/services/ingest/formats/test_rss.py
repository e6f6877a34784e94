from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from html import escape as html_escape
from typing import Any

import pytest
from hypothesis import given

from newswire.article import Article
from newswire.errors import TooLargeError, ViolationError
from tests.support.cost import cpu_bounded
from tests.unit.services.ingest.formats.wires import STORIES, Story, element, faults, first, fixture, read, read_all

NAMESPACES = (
    'xmlns:c="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:t="http://purl.org/dc/terms/" xmlns:m="http://search.yahoo.com/mrss/" '
    'xmlns:p="http://prismstandard.org/namespaces/basic/2.1/"'
)
STATES = {"usable": "active", "withheld": "blocked", "canceled": "deleted"}


def feed(*items: str, channel: str = "") -> str:
    held = "".join([f"<item>{item}</item>" for item in items])
    return f'<rss version="2.0" {NAMESPACES}><channel>{channel}{held}</channel></rss>'


def dumped(item: str, channel: str = "") -> dict[str, Any]:
    return read(feed(f"<guid>urn:x:1</guid>{item}", channel=channel)).dump()


def refused(item: str) -> list[str]:
    (found,) = read_all(feed(f"<guid>urn:x:1</guid>{item}").encode())
    return list(faults(found))


def test_all_of_an_item_comes_back() -> None:
    article = read_all(fixture("rss.xml"))[0]
    assert isinstance(article, Article)
    assert article.dump() == {
        "uri": "courier-1",
        "version": "7",
        "firstCreated": "2026-11-24T16:40:00+01:00",
        "versionCreated": "2026-11-24T18:00:00+01:00",
        "contentCreated": "2026-11-24T12:00:00Z",
        "embargoedUntil": "2026-11-25T06:00:00+01:00",
        "expires": "2026-12-24T06:00:00Z",
        "pubStatus": "usable",
        "language": "en-gb",
        "copyrightNotice": "\u00a9 2026 Harbour Courier",
        "headlines": [{"value": "Quay closed & drained"}],
        "descriptions": [{"contentType": "text/html", "value": "<p>The quay is <b>closed</b>.</p>"}],
        "bodies": [{"contentType": "text/html", "value": "<p>Cracks &nbsp; this wide.</p>"}],
        "by": "Ines Vale, Tom Reed",
        "authors": [{"name": "Ines Vale"}, {"name": "Tom Reed"}],
        "people": [{"name": "Ada Moss"}],
        "organisations": [{"name": "Harbour Board"}],
        "places": [
            {"name": "Lakeshore"},
            {
                "geoJSON": {
                    "type": "Feature",
                    "properties": {},
                    "geometry": {"type": "Point", "coordinates": [-3.25, 47.5]},
                }
            },
        ],
        "subjects": [
            {"name": "20000139", "uri": "http://cv.iptc.org/newscodes/mediatopic/20000139"},
            {"name": "city", "literal": "desk:city"},
            {"name": "harbour"},
        ],
        "genres": [{"name": "Current"}],
        "infoSources": [{"name": "The Wire", "uri": "https://wire.example/rss", "role": "source"}],
        "associations": [
            {
                "name": "media1",
                "uri": "https://media.courier.example/q.mp3",
                "type": "audio",
                "renditions": [
                    {"name": "main", "href": "https://media.courier.example/q.mp3", "contentType": "audio/mpeg"}
                ],
            },
            {
                "name": "media2",
                "uri": "https://media.courier.example/q.mp4",
                "type": "video",
                "headlines": [{"value": "The quay"}],
                "by": "Tom Reed",
                "renditions": [
                    {
                        "name": "main",
                        "href": "https://media.courier.example/q.mp4",
                        "contentType": "video/mp4",
                        "width": 1920,
                        "height": 1080,
                        "sizeInBytes": 99,
                        "duration": 12,
                    },
                    {
                        "name": "rendition2",
                        "href": "https://media.courier.example/q-small.mp4",
                        "contentType": "video/mp4",
                        "width": 640,
                        "frameRate": 29.97,
                    },
                    {"name": "thumbnail", "href": "https://media.courier.example/q.jpg", "width": 320},
                ],
            },
        ],
        "extra": {
            "link": "https://courier.example/quay?a=1&b=2",
            "author": "vale@courier.example (Ines Vale)",
            "evolvedfrom": "courier-0",
            "comments": "https://courier.example/quay#comments",
            "desk": {"@code": "7", "#text": "city"},
            "media:rating": {"@scheme": "urn:simple", "#text": "nonadult"},
        },
    }


def test_one_bad_item_spoils_no_other() -> None:
    _, undated, killed, nameless, pictures = read_all(fixture("rss.xml"))
    assert list(faults(undated)) == ["/rss/channel/item[2]/pubDate"]
    assert isinstance(killed, Article)
    assert (killed.uri, killed.status) == ("https://courier.example/3", "canceled")
    assert (killed.embargoed_until, killed.expires) == ("2026-11-25T06:00:00+01:00", "2026-11-26T00:00:00Z")
    assert killed.dump()["descriptions"] == [{"value": "Plain: 2 < 3"}]
    assert faults(nameless) == {"/rss/channel/item[4]/guid": "required"}
    assert isinstance(pictures, Article)
    assert [held["uri"] for held in pictures.dump()["associations"]] == ["https://media.courier.example/1.jpg"]


def test_a_document_without_a_channel_is_refused_whole() -> None:
    with pytest.raises(ViolationError):
        read_all(b"<rss/>")
    assert read_all(b"<rss><channel/></rss>") == ()


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Tue, 24 Nov 2026 18:30:25 +0100", "2026-11-24T18:30:25+01:00"),
        ("24 Nov 2026 18:30 GMT", "2026-11-24T18:30:00Z"),
        ("Tue, 24 Nov 26 18:30:25 EST", "2026-11-24T18:30:25-05:00"),
        ("Tuesday, 24 November 2026 8:30:25 Z", "2026-11-24T08:30:25Z"),
        ("Tue,24 Nov 2026 18:30:25 -0000 (UTC)", "2026-11-24T18:30:25-00:00"),
        ("Tue, 24 Nov 2026 18:30:25", "2026-11-24T18:30:25Z"),
        ("2026-11-24T18:30:25+01:00", "2026-11-24T18:30:25+01:00"),
        ("2026-11-24", "2026-11-24T00:00:00Z"),
        ("24 Nov 99 18:30 UT", "1999-11-24T18:30:00Z"),
    ],
)
def test_dates(date: str, expected: str) -> None:
    assert dumped(f"<pubDate>{date}</pubDate>")["versionCreated"] == expected


@pytest.mark.parametrize(
    "date", ["now", "Tue, 24 Nov 2026 18:30:25 CET", "Tue, 31 Feb 2026 18:30:25 GMT", "24 Foo 2026 1:00"]
)
def test_dates_that_cannot_be_read(date: str) -> None:
    assert refused(f"<pubDate>{date}</pubDate>") == ["/rss/channel/item/pubDate"]


def test_embargo_and_expiry_that_cannot_be_read() -> None:
    assert refused("<p:embargoDate>2026-11-25</p:embargoDate>") == ["/rss/channel/item/embargoDate"]
    assert refused("<p:expirationDate>soon</p:expirationDate>") == ["/rss/channel/item/expirationDate"]
    assert refused('<m:status state="gone"/>') == ["/rss/channel/item/status/@state"]


def test_the_link_stands_in_for_a_guid() -> None:
    found = read(feed("<link> https://x.example/1 </link><guid/><title>T</title>"))
    assert found.uri == "https://x.example/1"


def test_texts_say_what_they_are() -> None:
    found = dumped("<title>a &amp;lt; b  &amp;copy=1</title><description>AT&amp;amp;T &amp;#1;</description>")
    assert found["headlines"] == [{"value": "a < b &copy=1"}]
    assert found["descriptions"] == [{"value": "AT&T"}]
    assert dumped("<description>2 &lt; 3 &gt; 1</description>")["descriptions"] == [{"value": "2 < 3 > 1"}]


def test_a_title_with_tags_is_html() -> None:
    found = dumped("<title>A &lt;i&gt;very&lt;/i&gt; big ship</title>")
    assert found["headlines"] == [{"contentType": "text/html", "value": "A <i>very</i> big ship"}]


def test_what_the_channel_says_holds_for_its_items() -> None:
    channel = "<language>fr</language><dc:rights>R</dc:rights>"
    assert dumped("", channel) == {"uri": "urn:x:1", "language": "fr", "copyrightNotice": "R"}
    found = dumped("<dc:language>de</dc:language><dc:rights>S</dc:rights>", channel)
    assert (found["language"], found["copyrightNotice"]) == ("de", "S")


def test_pictures_without_content() -> None:
    found = dumped('<m:thumbnail url="https://x.example/1.jpg" width="x"/><m:title>T</m:title>')
    assert found["associations"] == [
        {
            "name": "media1",
            "uri": "https://x.example/1.jpg",
            "type": "picture",
            "renditions": [{"name": "thumbnail", "href": "https://x.example/1.jpg"}],
        }
    ]
    assert found["extra"] == {"media:title": "T"}


@pytest.mark.parametrize(
    "inner",
    [
        "<x/>" * 100_000,
        f"<author>{'@' * 300_000}</author>",
        f"<pubDate>24 Nov 2026{' ' * 300_000}x</pubDate>",
        f"<title>{'&amp;amp;' * 100_000}</title>",
        f"<description>{'&lt;a ' * 150_000}</description>",
        "<m:group><m:content url='a'/></m:group>" * 10_000 + "<m:title> </m:title>" * 10_000,
        "".join([f"<m:content url='{number}'/>" for number in range(5000)]) + "<m:thumbnail url='t'/>" * 5000,
    ],
    ids=["children", "author", "date", "references", "tags", "words", "thumbnails"],
)
def test_no_item_costs_much(inner: str) -> None:
    with cpu_bounded(1):
        read_all(feed(f"<guid>a</guid>{inner}").encode())


def test_a_feed_of_too_many_items() -> None:
    with pytest.raises(TooLargeError):
        read_all(feed(*["<guid>a</guid>"] * 501).encode())


def written(story: Story) -> str:
    # RSS has no urgency, and nothing that stands for one.
    return (
        element("guid", story.uri, isPermaLink="false")
        + element("title", html_escape(story.headline, quote=False))
        + element("pubDate", format_datetime(datetime.fromisoformat(story.version_created)))
        + element("c:encoded", f"<p>{html_escape(story.body, quote=False)}</p>")
        + element("dc:language", story.language)
        + element("m:status", None, state=STATES[story.status])
        + element("p:embargoDate", story.embargoed)
        + element("p:expirationDate", story.expires)
        + element("p:versionIdentifier", story.version)
    )


@given(STORIES)
def test_what_is_written_is_read(story: Story) -> None:
    found = read(feed(written(story)))
    assert (found.uri, found.version, found.language) == (story.uri, story.version, story.language)
    assert (found.status, found.embargoed_until, found.expires) == (story.status, story.embargoed, story.expires)
    assert found.version_created is not None
    assert found.version_created.replace("+00:00", "Z") == story.version_created.replace("+00:00", "Z")
    assert first(found.headlines) == story.headline
    assert first(found.bodies) == f"<p>{html_escape(story.body, quote=False)}</p>"
    assert found.extra is None
