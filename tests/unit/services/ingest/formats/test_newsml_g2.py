from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given

from newswire.article import Article
from newswire.errors import InvalidError, TooLargeError, UnsupportedError, ViolationError
from services.ingest.formats.draft import MAX_VALUES
from services.ingest.formats.outcome import MAX_STORIES
from services.ingest.markup import sanitise
from tests.support.cost import cpu_bounded
from tests.unit.services.ingest.formats.wires import STORIES, Story, element, faults, first, fixture, read, read_all

NS = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'


def item(management: str = "", description: str = "", rest: str = "", guid: str = "urn:x:1") -> str:
    meta = f"<itemMeta>{management}</itemMeta><contentMeta>{description}</contentMeta>"
    return f'<newsItem {NS} guid={quoteattr(guid)} version="1" xml:lang="en">{meta}{rest}</newsItem>'


def dumped(management: str = "", description: str = "", rest: str = "") -> dict[str, Any]:
    return read(item(management, description, rest)).dump()


def refused(management: str = "", description: str = "", rest: str = "") -> dict[str, str]:
    with pytest.raises(ViolationError) as caught:
        read(item(management, description, rest))
    return faults(caught.value)


def test_all_of_an_item_comes_back() -> None:
    found = read(fixture("newsml_g2_item.xml")).dump()
    extra = found.pop("extra")
    assert found == {
        "uri": "urn:newsml:courier.example:20261124:quay",
        "type": "text",
        "profile": "text",
        "version": "7",
        "firstCreated": "2026-11-24T12:00:00Z",
        "versionCreated": "2026-11-24T16:40:00+01:00",
        "embargoedUntil": "2026-11-25T06:00:00+01:00",
        "expires": "2026-12-24T23:59:59Z",
        "pubStatus": "usable",
        "urgency": 3,
        "language": "en",
        "copyrightHolder": "Harbour Courier",
        "copyrightNotice": "\u00a9 2026 Harbour Courier",
        "usageTerms": "No archive sales.\nNo radio.",
        "rightsInfo": {
            "langId": "http://www.w3.org/ns/odrl/2/",
            "encodedRights": '<policy xmlns="http://www.w3.org/ns/odrl/2/"/>',
        },
        "title": "Quay, second lead",
        "edNote": "Adds the mayor.\nPicture to come.",
        "slugline": "QUAY-CRACKS",
        "by": "Ines Vale and the night desk",
        "located": "Lakeshore",
        "digitalSourceType": {"uri": "http://cv.iptc.org/newscodes/digitalsourcetype/humanEdits"},
        "headlines": [
            {"value": "Quay closed after cracks"},
            {"role": "hrol:sub", "value": "Ferries diverted"},
        ],
        "descriptions": [{"role": "summary", "value": "The north quay is closed.\nNobody was hurt."}],
        "bodies": [
            {
                "contentType": "text/html",
                "value": '<p lang="en">Cracks <em>this</em> wide\u00a0&lt; &amp; <br>more.</p>'
                "<script>alert(1)</script>",
                "wordCount": 9,
            }
        ],
        "authors": [{"name": "Ines Vale"}, {"name": "Tom Reed", "role": "photographer"}],
        "infoSources": [
            {"name": "COURIER", "uri": "http://cv.iptc.org/newscodes/newsprovider/COURIER", "role": "provider"},
            {"literal": "Harbour office", "role": "originfo"},
        ],
        "altIds": [{"role": "idtype:desk", "value": "Q-17"}],
        "genres": [{"name": "Current", "uri": "http://cv.iptc.org/newscodes/genre/Current"}],
        "subjects": [
            {"name": "harbour", "rel": "keyword"},
            {
                "name": "accident",
                "uri": "http://cv.iptc.org/newscodes/mediatopic/20000139",
                "creator": "courier:machine",
                "relevance": 60,
                "confidence": 80,
            },
            {"name": "Quay Rowers", "literal": "teams:rowers"},
        ],
        "people": [{"name": "Ada Moss", "uri": "https://courier.example/people/moss"}],
        "organisations": [
            {
                "name": "Harbour Board",
                "literal": "hbl",
                "symbols": [{"exchange": "XLAK", "symbolType": "ticker", "symbol": "HBL"}],
            }
        ],
        "places": [
            {
                "name": "North Quay",
                "uri": "https://courier.example/places/quay",
                "geoJSON": {
                    "type": "Feature",
                    "properties": {},
                    "geometry": {"type": "Point", "coordinates": [-3.25, 47.5]},
                },
            }
        ],
        "events": [{"name": "Storm week", "literal": "events:9"}],
        "objects": [{"name": "Crane 2", "literal": "crane-2"}],
        "associations": [
            {
                "name": "evolvedFrom1",
                "rel": "evolvedFrom",
                "uri": "urn:newsml:courier.example:20261124:flash",
                "version": "3",
            },
            {
                "name": "seeAlso2",
                "rel": "seeAlso",
                "uri": "https://courier.example/bridges",
                "title": "All the bridges",
                "headlines": [{"value": "All the bridges"}],
            },
        ],
        "renditions": [
            {
                "name": "highRes",
                "href": "https://media.courier.example/q.jpg",
                "contentType": "image/jpeg",
                "width": 1500,
                "height": 1001,
                "sizeInBytes": 346071,
            },
            {
                "name": "vid:hd",
                "href": "https://media.courier.example/q.mp4",
                "contentType": "video/mp4",
                "duration": 2.5,
                "videoCodec": "c041",
                "frameRate": 29.97,
                "aspectRatio": "16:9",
                "bitrate": "128",
            },
        ],
    }
    assert extra["evolvedfrom"] == "urn:newsml:courier.example:20261124:flash"
    assert extra["subject"][0]["broader"] == {"@qcode": "medtop:03000000"}
    assert extra["subject"][0]["name"][0] == {"@lang": "de", "#text": "Unfall"}
    assert {
        "hopHistory", "role", "fileName", "profile", "service", "signal", "queue", "contentCreated", "contentModified",
        "located", "creator", "dateline", "creditline", "assert", "remoteContent",
    } <= set(extra)  # fmt: skip


def test_what_is_not_kept_is_the_document_s_own() -> None:
    extra = read(fixture("newsml_g2_item.xml")).extra or {}
    assert not {"catalog", "catalogRef", "schemaLocation", "itemClass", "language", "keyword"} & set(extra)


def test_a_message_tells_of_each_item() -> None:
    killed, package, bad, held = read_all(fixture("newsml_g2_message.xml"))
    assert isinstance(killed, Article)
    assert (killed.uri, killed.status) == ("urn:newsml:courier.example:1", "canceled")
    assert killed.dump()["subjects"] == [{"uri": "https://courier.example/topics/quays"}]
    assert isinstance(package, UnsupportedError)
    assert faults(bad) == {
        "/newsMessage/itemSet[1]/newsItem[2]/itemMeta/embargoed": "not a date-time (RFC 3339)",
        "/newsMessage/itemSet[1]/newsItem[2]/contentMeta/urgency": "Input should be less than or equal to 9",
    }
    assert isinstance(held, Article)
    assert (held.status, held.embargoed_until) == ("withheld", None)


def test_a_message_without_items() -> None:
    assert read_all(f"<newsMessage {NS}><header/></newsMessage>".encode()) == ()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ('qcode="stat:usable"', "usable"),
        ('qcode="stat:withheld"', "withheld"),
        ('qcode="stat:canceled"', "canceled"),
        ('qcode="stat:Cancelled"', "canceled"),
        ('uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled"', "canceled"),
        ('literal="canceled"', "canceled"),
    ],
)
def test_the_status(said: str, status: str) -> None:
    assert dumped(f"<pubStatus {said}/>")["pubStatus"] == status


def test_a_status_that_nobody_knows_is_refused() -> None:
    for said in ('<pubStatus qcode="stat:maybe"/>', "<pubStatus/>"):
        assert list(refused(said)) == ["/newsItem/itemMeta/pubStatus"]


def test_an_embargo_without_an_end_withholds() -> None:
    assert dumped("<embargoed/>")["pubStatus"] == "withheld"
    assert dumped("<embargoed> </embargoed><pubStatus qcode='stat:usable'/>")["pubStatus"] == "withheld"
    assert dumped("<pubStatus qcode='stat:usable'/><embargoed/>")["pubStatus"] == "withheld"
    assert dumped("<embargoed/><pubStatus qcode='stat:canceled'/>")["pubStatus"] == "canceled"


def test_an_embargo_is_an_instant() -> None:
    assert dumped("<embargoed>2026-11-25T06:00</embargoed>")["embargoedUntil"] == "2026-11-25T06:00:00Z"
    assert list(refused("<embargoed>2026-11-25</embargoed>")) == ["/newsItem/itemMeta/embargoed"]


def test_who_is_asked_for_is_named() -> None:
    with pytest.raises(ViolationError) as caught:
        read(f"<newsItem {NS}/>")
    assert faults(caught.value) == {"/newsItem/@guid": "required"}


def test_every_fault_is_named_where_it_stands() -> None:
    assert refused(
        "<versionCreated>today</versionCreated><expires>never</expires>",
        '<urgency>high</urgency><subject qcode="a:1"/><subject qcode="a:2" confidence="200"/>',
        '<contentSet><remoteContent width="wide" href="x"/></contentSet>',
    ) == {
        "/newsItem/itemMeta/versionCreated": "not a date-time (RFC 3339)",
        "/newsItem/itemMeta/expires": "not a date-time (RFC 3339)",
        "/newsItem/contentMeta/urgency": "Input should be a valid integer",
        "/newsItem/contentMeta/subject[2]": "confidence: Input should be less than or equal to 100",
        "/newsItem/contentSet/remoteContent": "width: Input should be a valid integer",
    }


def test_creators_are_the_byline_where_there_is_no_other() -> None:
    found = dumped(description='<creator literal="I. Vale"/><contributor literal="x"/><creator qcode="p:reed"/>')
    assert found["by"] == "I. Vale, reed"
    assert found["authors"] == [{"name": "I. Vale"}, {"name": "x", "role": "contributor"}, {"name": "reed"}]


def test_nitf_within() -> None:
    nitf = (
        '<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><head><docdata management-status="canceled">'
        '<doc-id id-string="inner"/><date.release norm="20261125T060000Z"/></docdata></head><body><body.head>'
        "<hedline><hl1>Inner</hl1></hedline><byline>By A</byline></body.head>"
        "<body.content><p>Hello <person>Ada Moss</person></p></body.content></body></nitf>"
    )
    rest = f'<contentSet><inlineXML contenttype="application/nitf+xml">{nitf}</inlineXML></contentSet>'
    found = dumped("<pubStatus qcode='stat:usable'/>", "<headline>Outer</headline>", rest)
    assert (found["uri"], found["pubStatus"], found["by"]) == ("urn:x:1", "usable", "By A")
    assert found["embargoedUntil"] == "2026-11-25T06:00:00Z"
    assert found["headlines"] == [{"value": "Outer"}]
    assert found["bodies"] == [{"contentType": "text/html", "value": "<p>Hello Ada Moss</p>"}]
    assert found["people"] == [{"name": "Ada Moss"}]


def test_the_item_s_own_word_comes_first_wherever_it_stands() -> None:
    nitf = '<nitf><head><docdata management-status="usable"><urgency ed-urg="5"/></docdata></head></nitf>'
    content = f"<contentSet><inlineXML>{nitf}</inlineXML></contentSet>"
    meta = '<itemMeta><pubStatus qcode="stat:canceled"/></itemMeta>'
    found = read(f'<newsItem {NS} guid="a">{content}{meta}</newsItem>')
    assert (found.status, found.urgency) == ("canceled", 5)


def test_content_of_other_kinds() -> None:
    rest = (
        '<contentSet><inlineXML contenttype="x/y"><e xmlns="urn:e">1</e></inlineXML><inlineXML/>'
        '<inlineData contenttype="text/plain" wordcount="2"> 2 &lt; 3\n</inlineData>'
        '<inlineData encoding="encd:base64">AAAA</inlineData></contentSet>'
    )
    found = dumped(rest=rest)
    assert found["bodies"] == [{"contentType": "text/plain", "value": "2 < 3", "wordCount": 2}]
    assert found["extra"]["inlineXML"]["#xml"].startswith("<e xmlns=")
    assert found["extra"]["inlineData"] == {"@encoding": "encd:base64", "#text": "AAAA"}


def test_xhtml_is_sanitised_as_html_is() -> None:
    body = (sanitise(read(fixture("newsml_g2_item.xml"))).bodies or ())[0]
    assert body.value == '<p lang="en">Cracks <em>this</em> wide&nbsp;&lt; &amp; <br>more.</p>'


def test_what_is_asserted_once_is_not_copied_without_end() -> None:
    instruments = '<hasInstrument symbol="x"/>' * 3000
    asserted = f'<assert qcode="a:1"><organisationDetails>{instruments}</organisationDetails></assert>'
    named = "".join([f'<subject type="cpnat:organisation" qcode="a:1" literal="{n}"/>' for n in range(3000)])
    with cpu_bounded(1), pytest.raises(TooLargeError):
        read(item(description=named, rest=asserted))


def test_a_message_of_too_many_items() -> None:
    newsitem = '<newsItem guid="a"/>'
    with pytest.raises(TooLargeError):
        read_all(f"<newsMessage {NS}><itemSet>{newsitem * (MAX_STORIES + 1)}</itemSet></newsMessage>".encode())
    assert len(read_all(f"<newsMessage {NS}><itemSet>{newsitem * MAX_STORIES}</itemSet></newsMessage>".encode())) == 500


def test_a_story_of_too_many_values() -> None:
    with pytest.raises(TooLargeError):
        read(item(description="".join([f"<keyword>{number}</keyword>" for number in range(MAX_VALUES + 1)])))


def written(story: Story) -> str:
    management = (
        '<itemClass qcode="ninat:text"/>'
        + element("versionCreated", story.version_created)
        + element("embargoed", story.embargoed)
        + element("pubStatus", None, qcode=f"stat:{story.status}")
        + element("expires", story.expires)
    )
    description = (
        element("urgency", str(story.urgency))
        + element("language", None, tag=story.language)
        + element("headline", story.headline)
    )
    body = f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{escape(story.body)}</p></body></html>'
    return (
        f"<newsItem {NS} guid={quoteattr(story.uri)} version={quoteattr(story.version)}>"
        f"<itemMeta>{management}</itemMeta><contentMeta>{description}</contentMeta>"
        f'<contentSet><inlineXML contenttype="application/xhtml+xml">{body}</inlineXML></contentSet></newsItem>'
    )


@given(STORIES)
def test_what_is_written_is_read(story: Story) -> None:
    for text in (written(story), f"<newsMessage {NS}><itemSet>{written(story)}</itemSet></newsMessage>"):
        found = read(text)
        assert (found.uri, found.version, found.language) == (story.uri, story.version, story.language)
        assert (found.status, found.urgency) == (story.status, story.urgency)
        assert (found.embargoed_until, found.expires) == (story.embargoed, story.expires)
        assert found.version_created == story.version_created
        assert first(found.headlines) == story.headline
        assert first(found.bodies) == f"<p>{escape(story.body)}</p>"
        assert found.extra is None


def test_an_error_is_an_outcome_and_no_story() -> None:
    assert all(isinstance(one, InvalidError | Article) for one in read_all(fixture("newsml_g2_message.xml")))
