from __future__ import annotations

from html import escape as html_escape
from typing import Any

import pytest
from hypothesis import given

from newswire.article import Article
from tests.unit.services.ingest.formats.wires import STORIES, Story, element, faults, first, fixture, read, read_all

NAMESPACES = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" '
    'xmlns:app="http://www.w3.org/2007/app" xmlns:p="http://prismstandard.org/namespaces/basic/3.0/" '
    'xmlns:m="http://search.yahoo.com/mrss/" xmlns:age="http://purl.org/atompub/age/1.0"'
)
STATES = {"usable": "active", "withheld": "blocked", "canceled": "deleted"}


def entry(inner: str) -> str:
    return f"<entry {NAMESPACES}><id>urn:x:1</id>{inner}</entry>"


def dumped(inner: str) -> dict[str, Any]:
    return read(entry(inner)).dump()


def test_all_of_an_entry_comes_back() -> None:
    article = read_all(fixture("atom.xml"))[0]
    assert isinstance(article, Article)
    assert article.dump() == {
        "uri": "tag:courier.example,2026:quay",
        "firstCreated": "2026-11-24T16:40:00+01:00",
        "versionCreated": "2026-11-24T18:00:00+01:00",
        "embargoedUntil": "2026-11-25T06:00:00+01:00",
        "expires": "2026-12-24T23:59:59Z",
        "language": "en",
        "copyrightHolder": "Courier",
        "copyrightNotice": "\u00a9 2026 Harbour Courier",
        "headlines": [{"value": "Quay & pier"}],
        "descriptions": [{"value": "The quay is closed."}],
        "bodies": [{"contentType": "text/html", "value": "<p>Cracks <em>this</em> wide.</p>"}],
        "by": "Ines Vale",
        "authors": [{"name": "Ines Vale"}, {"name": "Tom Reed", "role": "contributor"}],
        "subjects": [
            {"name": "accident", "uri": "http://cv.iptc.org/newscodes/mediatopic/20000139"},
            {"name": "city", "literal": "desk:city"},
            {"name": "quays", "uri": "https://courier.example/topics/quays"},
        ],
        "associations": [
            {
                "name": "related1",
                "rel": "related",
                "uri": "https://courier.example/bridges",
                "headlines": [{"value": "All the bridges"}],
            },
            {
                "name": "media2",
                "uri": "https://courier.example/feed/q.jpg",
                "type": "picture",
                "renditions": [
                    {
                        "name": "main",
                        "href": "https://courier.example/feed/q.jpg",
                        "contentType": "image/jpeg",
                        "sizeInBytes": 346071,
                    }
                ],
            },
        ],
        "extra": {
            "author": {"name": "Ines Vale", "uri": "https://courier.example/people/vale"},
            "link": "https://courier.example/quay",
            "evolvedfrom": "urn:courier:quay:1",
            "link:via": "https://wire.example/9",
        },
    }


def test_each_entry_stands_for_itself() -> None:
    _, unfinished, deleted, bad, film = read_all(fixture("atom.xml"))
    assert isinstance(unfinished, Article)
    assert (unfinished.status, unfinished.language, unfinished.by) == ("withheld", "de", "Wire")
    assert isinstance(deleted, Article)
    assert deleted.dump() == {
        "uri": "urn:courier:3",
        "versionCreated": "2026-11-24T18:00:00Z",
        "pubStatus": "canceled",
    }
    assert faults(bad) == {
        "/feed/entry[3]/id": "required",
        "/feed/entry[3]/updated": "not a date-time (RFC 3339)",
    }
    assert isinstance(film, Article)
    assert film.dump()["headlines"] == [{"contentType": "text/html", "value": "Plain <b>bold</b>"}]
    assert film.dump()["associations"][0]["uri"] == "https://courier.example/feed/film.mp4"
    assert film.by == "The night desk"


def test_a_tombstone_has_to_name_an_entry() -> None:
    (found,) = read_all(f'<feed {NAMESPACES}><at:deleted-entry when="x"/></feed>'.encode())
    assert faults(found) == {
        "/feed/deleted-entry/@ref": "required",
        "/feed/deleted-entry/@when": "not a date-time (RFC 3339)",
    }
    assert read_all(f"<feed {NAMESPACES}/>".encode()) == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<content>2 &lt; 3</content>", {"contentType": "text/plain", "value": "2 < 3"}),
        ('<content type="text">a\nb</content>', {"contentType": "text/plain", "value": "a\nb"}),
        ('<content type="html">&lt;p>a&lt;/p></content>', {"contentType": "text/html", "value": "<p>a</p>"}),
        ('<content type="text/markdown"># a</content>', {"contentType": "text/markdown", "value": "# a"}),
        (
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a<br/>&lt;</div></content>',
            {"contentType": "text/html", "value": "a<br>&lt;"},
        ),
    ],
)
def test_content(content: str, expected: dict[str, str]) -> None:
    assert dumped(content)["bodies"] == [expected]


def test_content_that_is_no_text_is_kept() -> None:
    found = dumped('<content type="image/png">AAAA</content>')
    assert "bodies" not in found
    assert found["extra"]["content"] == {"@type": "image/png", "#text": "AAAA"}


def test_published_alone_is_the_version_s_date_too() -> None:
    found = dumped("<published>2026-11-24T16:40:00</published>")
    assert (found["firstCreated"], found["versionCreated"]) == ("2026-11-24T16:40:00Z", "2026-11-24T16:40:00Z")


def written(story: Story) -> str:
    # Atom has no urgency, and nothing that stands for one.
    return (
        f'<entry {NAMESPACES} xml:lang="{story.language}">'
        + element("id", story.uri)
        + element("title", story.headline)
        + element("updated", story.version_created)
        + element("content", f"<p>{html_escape(story.body, quote=False)}</p>", type="html")
        + element("m:status", None, state=STATES[story.status])
        + element("p:embargoDate", story.embargoed)
        + element("age:expires", story.expires)
        + element("p:versionIdentifier", story.version)
        + "</entry>"
    )


@given(STORIES)
def test_what_is_written_is_read(story: Story) -> None:
    for text in (written(story), f'<feed xmlns="http://www.w3.org/2005/Atom">{written(story)}</feed>'):
        found = read(text)
        assert (found.uri, found.version, found.language) == (story.uri, story.version, story.language)
        assert (found.status, found.embargoed_until, found.expires) == (story.status, story.embargoed, story.expires)
        assert found.version_created == story.version_created
        assert first(found.headlines) == story.headline
        assert first(found.bodies) == f"<p>{html_escape(story.body, quote=False)}</p>"
        assert found.extra is None
