from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given

from newswire.errors import ViolationError
from services.ingest.markup import sanitise
from tests.unit.services.ingest.formats.wires import STORIES, Story, element, faults, first, fixture, read


def document(docdata: str = "", body: str = "", attributes: str = "") -> str:
    return (
        f'<nitf><head><docdata {attributes}><doc-id id-string="urn:x:1"/>{docdata}</docdata></head>'
        f"<body>{body}</body></nitf>"
    )


def dumped(docdata: str = "", body: str = "", attributes: str = "") -> dict[str, Any]:
    return read(document(docdata, body, attributes)).dump()


def refused(docdata: str = "", attributes: str = "") -> list[str]:
    with pytest.raises(ViolationError) as caught:
        read(document(docdata, attributes=attributes))
    return list(faults(caught.value))


def html(content: str) -> str:
    found = sanitise(read(document(body=f"<body.content>{content}</body.content>")))
    return first(found.bodies)


def test_all_of_a_document_comes_back() -> None:
    found = read(fixture("nitf.xml")).dump()
    extra, bodies = found.pop("extra"), found.pop("bodies")
    assert found == {
        "uri": "courier-20261124-1",
        "version": "3",
        "versionCreated": "2026-11-24T16:40:00+01:00",
        "contentCreated": "2026-11-24T00:00:00Z",
        "embargoedUntil": "2026-11-25T06:00:00+01:00",
        "expires": "2026-12-24T23:59:59Z",
        "pubStatus": "usable",
        "urgency": 2,
        "language": "en-GB",
        "title": "Quay closed after cracks",
        "slugline": "QUAY-CRACKS",
        "by": "By Ines Vale, Harbour correspondent",
        "authors": [{"name": "Ines Vale", "jobtitle": "Harbour correspondent"}],
        "located": "Lakeshore",
        "edNote": "Adds the mayor.\nCall the mayor first.\nNot for publication.",
        "copyrightHolder": "Harbour Courier",
        "usageTerms": "No archive sales.",
        "headlines": [
            {"value": "Quay closed after cracks"},
            {"role": "subheadline", "value": "Ferries diverted"},
        ],
        "descriptions": [
            {"role": "abstract", "contentType": "text/html", "value": "<p>The <em>north</em> quay is closed.</p>"}
        ],
        "people": [{"name": "Ada Moss", "literal": "courier:moss"}],
        "organisations": [{"name": "Harbour Board", "literal": "XLAK:HBL"}],
        "places": [{"name": "Lakeshore", "literal": "XX"}, {"name": "North Quay"}],
        "events": [{"name": "Storm week"}],
        "objects": [{"name": "Crane 2"}],
        "subjects": [
            {"name": "Maritime", "uri": "http://cv.iptc.org/newscodes/subjectcode/03010001"},
            {"name": "Transport accident", "uri": "http://cv.iptc.org/newscodes/subjectcode/03010000"},
            {"name": "Disaster", "uri": "http://cv.iptc.org/newscodes/subjectcode/03000000"},
            {"name": "Quays", "literal": "COURIER:Q9"},
            {"name": "harbour", "rel": "keyword"},
            {"name": "ferry", "rel": "keyword"},
            {"name": "Repairs", "literal": "courier:c4"},
        ],
        "genres": [{"name": "Feature"}],
        "infoSources": [{"name": "Courier Wire", "role": "distributor"}],
        "altIds": [{"role": "du-key", "value": "quay"}],
        "associations": [
            {
                "name": "media1",
                "uri": "https://media.courier.example/q.jpg",
                "type": "picture",
                "by": "Tom Reed",
                "descriptions": [{"role": "caption", "value": "The quay on Tuesday"}],
                "renditions": [
                    {
                        "name": "main",
                        "href": "https://media.courier.example/q.jpg",
                        "contentType": "image/jpeg",
                        "title": 'The "quay"',
                        "width": 1500,
                        "height": 1001,
                    }
                ],
            }
        ],
    }
    assert [body["contentType"] for body in bodies] == ["text/html"]
    assert {
        "meta", "tobject.type", "tobject.subject", "tobject.subject.code", "doc-id", "evloc", "doc.copyright",
        "doc.rights", "ednote", "evolvedfrom", "management-idref-status", "pubdata", "revision-history", "dateline",
        "nitf-table-metadata", "body.end",
    } == set(extra)  # fmt: skip
    assert extra["evolvedfrom"] == "courier-20261124-0"


def test_the_body_is_html() -> None:
    body = first(sanitise(read(fixture("nitf.xml"))).bodies)
    for piece in (
        "<p>Cracks caf\u00e9 wide; Ada Moss of",
        "on <time>Monday</time>.</p>",
        "<h2>Ferries &amp; trains</h2>",
        '<figure><img src="https://media.courier.example/q.jpg" alt="The &quot;quay&quot;"><figcaption>The quay on',
        "<ul><li>one</li><li>two</li></ul>",
        "<td>1</td>",
        "<pre>  as  is</pre>",
    ):
        assert piece in body
    assert "publication" not in body


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<p>a<br/>b <em>c</em> &lt;b&gt; <q>d</q></p>", "<p>a<br>b <em>c</em> &lt;b&gt; <q>d</q></p>"),
        ("<hl2>A</hl2><bq><block><p>b</p></block><credit>C</credit></bq>",
         "<h2>A</h2><blockquote><div><p>b</p></div><cite>C</cite></blockquote>"),
        ('<p><a href="https://x.example/">l</a> <money unit="USD">5</money> <num>1</num></p>',
         '<p><a href="https://x.example/" rel="noopener">l</a> 5 1</p>'),
        ("<dl><dt>a</dt><dd>b</dd></dl><hr/>", "<dl><dt>a</dt><dd>b</dd></dl><hr>"),
        ('<p xml:lang="fr">x</p><fn>f</fn>', '<p lang="fr">x</p><aside>f</aside>'),
        ("<note><p>n</p></note>", "<aside><p>n</p></aside>"),
        ("text", "text"),
        ("<script>alert(1)</script><p>x</p>", "alert(1)<p>x</p>"),
        ('<media media-type="video"><media-reference source="v.mp4"/><media-caption>c &amp; d</media-caption></media>',
         "<figure><figcaption>c &amp; d</figcaption></figure>"),
    ],
)  # fmt: skip
def test_blocks_as_html(content: str, expected: str) -> None:
    assert html(content) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("usable", "usable"),
        ("USABLE ", "usable"),
        ("withheld", "withheld"),
        ("canceled", "canceled"),
        ("cancelled", "canceled"),
        ("killed", "canceled"),
        ("embargoed", "withheld"),
    ],
)
def test_the_status(status: str, expected: str) -> None:
    assert dumped(attributes=f'management-status="{status}"')["pubStatus"] == expected


def test_embargoed_with_a_release_is_usable_from_then_on() -> None:
    found = read(document('<date.release norm="20261125T060000Z"/>', attributes='management-status="embargoed"'))
    assert (found.status, found.embargoed_until) == ("usable", "2026-11-25T06:00:00Z")


def test_a_status_that_nobody_knows_is_refused() -> None:
    assert refused(attributes='management-status="maybe"') == ["/nitf/head/docdata/@management-status"]


@pytest.mark.parametrize(
    ("norm", "expected"),
    [
        ("20261124T183025Z", "2026-11-24T18:30:25Z"),
        ("20261124T183025+0100", "2026-11-24T18:30:25+01:00"),
        ("20261124T183025-05", "2026-11-24T18:30:25-05:00"),
        ("20261124T1830", "2026-11-24T18:30:00Z"),
        ("2026-11-24T18:30:25.5+01:00", "2026-11-24T18:30:25.5+01:00"),
        (" 2026-11-24T18:30:25 ", "2026-11-24T18:30:25Z"),
    ],
)
def test_dates(norm: str, expected: str) -> None:
    docdata = f'<date.issue norm="{norm}"/><date.release norm="{norm}"/><date.expire norm="{norm}"/>'
    found = read(document(docdata))
    assert (found.version_created, found.embargoed_until, found.expires) == (expected,) * 3


def test_dates_that_cannot_be_read() -> None:
    for norm in ("tomorrow", "20261324T183025Z", "2026"):
        docdata = f'<date.release norm="{norm}"/><date.expire norm="{norm}"/>'
        places = ["/nitf/head/docdata/date.release/@norm", "/nitf/head/docdata/date.expire/@norm"]
        assert sorted(refused(docdata)) == sorted(places)
    assert refused('<date.release norm="20261124"/>') == ["/nitf/head/docdata/date.release/@norm"]


def test_an_empty_date_is_none() -> None:
    assert set(dumped('<date.release norm=""/><date.expire/>')) == {"uri"}


def test_an_identifier_is_required() -> None:
    with pytest.raises(ViolationError) as caught:
        read("<nitf><head><title>T</title></head></nitf>")
    assert faults(caught.value) == {"/nitf/head/docdata/doc-id/@id-string": "required"}


def test_the_title_stands_in_for_a_headline() -> None:
    text = '<nitf><head><title>T</title><docdata><doc-id id-string="a"/></docdata></head></nitf>'
    assert read(text).dump() == {"uri": "a", "title": "T", "headlines": [{"value": "T"}]}


def written(story: Story, root: str = "<nitf") -> str:
    docdata = (
        element("doc-id", None, id_string=story.uri)
        + element("urgency", None, ed_urg=str(story.urgency))
        + element("date.issue", None, norm=story.version_created)
        + element("date.release", None, norm=story.embargoed and story.embargoed.replace("-", "", 2).replace(":", ""))
        + element("date.expire", None, norm=story.expires)
        + element("du-key", None, version=story.version)
    )
    return (
        f'{root} baselang="{story.language}"><head>'
        f'<docdata management-status="{story.status}">{docdata}</docdata></head>'
        f"<body><body.head><hedline><hl1>{escape(story.headline)}</hl1></hedline></body.head>"
        f"<body.content><p>{escape(story.body)}</p></body.content></body></nitf>"
    )


@given(STORIES)
def test_what_is_written_is_read(story: Story) -> None:
    for root in (
        "<nitf",
        '<!DOCTYPE nitf SYSTEM "nitf.dtd"><nitf',
        '<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"',
    ):
        found = read(written(story, root))
        assert (found.uri, found.version, found.language) == (story.uri, story.version, story.language)
        assert (found.status, found.urgency) == (story.status, story.urgency)
        assert (found.embargoed_until, found.expires) == (story.embargoed, story.expires)
        assert found.version_created == story.version_created
        assert first(found.headlines) == story.headline
        assert first(found.bodies) == f"<p>{escape(story.body)}</p>"
        assert found.extra is None
