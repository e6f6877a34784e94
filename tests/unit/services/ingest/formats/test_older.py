"""What holds for every older dialect: nothing is lost, what decides is read, faults are named where they are."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire.article import Article
from newswire.errors import NewswireError, TooLargeError, ViolationError
from services.ingest.formats.leftovers import MAX_POINTER_CHARS
from services.ingest.formats.ninjs import parse, parse_value
from services.ingest.violations import MAX_NAMED
from tests.support.cost import cpu_bounded
from tests.unit.services.ingest.formats.stories import dumped, faults, fixture, missing
from tests.unit.services.ingest.formats.wires import STORIES, Story, first

if TYPE_CHECKING:
    from collections.abc import Callable

OLDER = ("ninjs1.json", "ninjs2.json", "superdesk.json")
# What comes back under another word.
WORDS = {"incomplete", "cancelled"}


@pytest.mark.parametrize("name", [*OLDER, "ninjs33.json"])
def test_a_story_is_read_as_written_down(name: str) -> None:
    assert dumped(fixture(name)) == fixture(f"read/{name}")


@pytest.mark.parametrize("name", [*OLDER, "ninjs33.json"])
def test_nothing_is_lost(name: str) -> None:
    story = fixture(name)
    assert set(map(str, missing(story, dumped(story)))) <= WORDS


@pytest.mark.parametrize("name", [*OLDER, "ninjs33.json"])
def test_what_was_read_can_be_pushed_back(name: str) -> None:
    read = dumped(fixture(name))
    assert dumped({**read, "provider": "courier", "published": "2026-11-24T00:00:00Z", "change": 3}) == read


@pytest.mark.parametrize("name", OLDER)
def test_a_part_of_a_batch_reads_the_same(name: str) -> None:
    assert parse_value(fixture(name)) == parse(json.dumps(fixture(name)).encode())


def lower(story: Story) -> dict[str, Any]:
    found = {
        "version": story.version,
        "language": story.language,
        "urgency": story.urgency,
        "pubstatus": story.status,
        "versioncreated": story.version_created,
        "embargoed": story.embargoed,
        "expires": story.expires,
    }
    return {name: value for name, value in found.items() if value is not None}


def ninjs1(story: Story) -> dict[str, Any]:
    return {"uri": story.uri, "headline": story.headline, "body_text": story.body, **lower(story)}


def ninjs2(story: Story) -> dict[str, Any]:
    texts = {"headlines": [{"value": story.headline}], "bodies": [{"value": story.body}]}
    return {"uri": story.uri, **texts, **lower(story)}


def superdesk(story: Story) -> dict[str, Any]:
    found = {"guid": story.uri, "headline": story.headline, "body_text": story.body, **lower(story)}
    dates: dict[str, str] = {name: found[name] for name in ("versioncreated", "embargoed", "expires") if name in found}
    # As Python's strftime writes zones.
    plain = {
        name: f"{text[:-3]}{text[-2:]}" if text[-3] == ":" else f"{text[:-1]}+0000" for name, text in dates.items()
    }
    status = "cancelled" if story.status == "canceled" else story.status
    return {**found, **plain, "pubstatus": status, "version": int(story.version)}


def moments(*texts: str | None) -> list[object]:
    """Each with its zone, however that is written."""
    read = [datetime.fromisoformat(text) if text else None for text in texts]
    return [(moment, moment.utcoffset()) if moment else None for moment in read]


@given(STORIES, st.sampled_from([ninjs1, ninjs2, superdesk]))
def test_what_is_written_is_read(story: Story, writer: Callable[[Story], dict[str, Any]]) -> None:
    found = parse_value(writer(story))
    assert (found.uri, found.version, found.language) == (story.uri, story.version, story.language)
    assert (found.status, found.urgency) == (story.status, story.urgency)
    read = moments(found.version_created, found.embargoed_until, found.expires)
    assert read == moments(story.version_created, story.embargoed, story.expires)
    assert (first(found.headlines), first(found.bodies)) == (story.headline, story.body)
    assert found.extra is None


@pytest.mark.parametrize("name", OLDER)
@pytest.mark.parametrize("field", ["embargoed", "expires", "versioncreated", "firstcreated"])
def test_a_date_time_that_cannot_be_read_is_named(name: str, field: str) -> None:
    for wrong in ("tomorrow", "2026-11-24", 20261124, ["2026-11-24T00:00:00Z"]):
        assert f"/{field}" in faults({**fixture(name), field: wrong})


@pytest.mark.parametrize("name", OLDER)
def test_a_status_that_nobody_knows_is_named(name: str) -> None:
    for status in ("killed", "", "Usable", 1, ["usable"]):
        assert "/pubstatus" in faults({**fixture(name), "pubstatus": status})


@pytest.mark.parametrize("name", OLDER)
@pytest.mark.parametrize(
    ("ours", "own", "value", "other"),
    [
        ("pubStatus", "pubstatus", "usable", "canceled"),
        ("embargoedUntil", "embargoed", "2026-11-25T06:00:00Z", "2026-11-26T06:00:00Z"),
    ],
)
def test_what_decides_is_not_said_twice(name: str, ours: str, own: str, value: str, other: str) -> None:
    story = {**fixture(name), "standard": {"version": "1.8"}}
    assert f"/{own}" in faults({**story, ours: other, own: value}) or f"/{ours}" in faults(
        {**story, ours: other, own: value}
    )
    assert dumped({**story, ours: value, own: value})[ours] == value
    assert dumped({key: item for key, item in {**story, ours: value}.items() if key != own})[ours] == value


def test_faults_are_named_where_they_are() -> None:
    one = {
        **fixture("ninjs1.json"),
        "urgency": 12,
        "headline": 5,
        "byline": [],
        "person": [{"name": 1}, 2],
        "subject": [{"name": "x", "relevance": 101}],
        "renditions": {"main": {"href": 1, "mimetype": 2}, "a/b": 3},
        "associations": {
            "p": {"uri": "x", "pubstatus": "gone", "embargoed": "soon", "renditions": {"q": {"poi": {"x": "1"}}}}
        },
        "altids": 4,
        "rightsinfo": {"langid": "x"},
    }
    assert set(faults(one)) == {
        "/urgency",
        "/headline",
        "/byline",
        "/person/0/name",
        "/person/1",
        "/subject/0/relevance",
        "/renditions/main/href",
        "/renditions/main/mimetype",
        "/renditions/a~1b",
        "/associations/p/pubstatus",
        "/associations/p/embargoed",
        "/associations/p/renditions/q/poi/x",
        "/altids",
        "/rightsinfo",
    }
    two = {"standard": {"version": "2.4"}, "headlines": [{"role": "main"}], "associations": [{"uri": "x"}]}
    assert faults(two) == {"/uri": "required", "/headlines/0/value": "required", "/associations/0/name": "required"}
    three = {**two, "uri": "x", "headlines": [], "associations": [{"name": 1, "uri": 2}]}
    assert set(faults(three)) == {"/associations/0/name", "/associations/0/uri"}


def test_an_association_that_nobody_named_gets_a_name() -> None:
    story = {"standard": {"version": "2.0"}, "uri": "urn:s", "associations": [{"uri": "urn:a"}, {"name": "b c"}]}
    assert list(faults({**story, "associations": [{"uri": "urn:a"}, 5]})) == ["/associations/1"]
    assert dumped(story)["associations"] == [
        {"name": "association1", "uri": "urn:a"},
        {"name": "b c", "uri": "urn:s#b%20c"},
    ]


def test_a_story_is_not_altered_by_being_read() -> None:
    story = {"guid": "x", "bodies": [{"value": "a"}], "charcount": 1, "associations": {"p": {}}}
    before = json.dumps(story)
    parse_value(story)
    assert json.dumps(story) == before


def test_numbers_that_no_reader_can_hold_are_refused_in_what_is_kept_too() -> None:
    big = 2**63
    for story in ({"guid": "x", "priority": big}, {"guid": "x", "renditions": {"a": {"media": [big]}}}):
        assert faults(story) == {"": "an integer of more than 64 bits"}
    assert list(faults({"guid": "x", "extra": {"b": big}})) == ["/extra"]


def test_null_is_absent_and_kept_in_what_is_free() -> None:
    story = {"headline": "x", "uri": "y", "byline": None, "desk": None, "extra": {"a": None}, "renditions": {"b": None}}
    assert dumped(story) == {"uri": "y", "headlines": [{"value": "x"}], "extra": {"a": None}}


def test_controls_are_taken_out() -> None:
    found = dumped({"headline": "a\u0000b", "uri": "c\u0000d", "desk": "e\u0001f"})
    assert found == {"uri": "c\u0000d", "headlines": [{"value": "ab"}], "extra": {"desk": "ef"}}


def test_an_extra_that_is_no_object_is_kept() -> None:
    assert dumped({"headline": "x", "uri": "y", "extra": [1]})["extra"] == {"extra": [1]}


def test_what_is_kept_cannot_grow_without_bound() -> None:
    name = "n" * 10_000
    story = {"uri": "x", "associations": {name: {"renditions": {str(number): {"media": 1} for number in range(1000)}}}}
    with pytest.raises(TooLargeError):
        parse(json.dumps(story).encode())
    small = {"uri": "x", "renditions": {f"r{number}": {"media": 1} for number in range(1000)}}
    assert len(dumped(small)["extra"]) == 1000
    assert len(json.dumps(dumped(small))) < MAX_POINTER_CHARS


def test_a_key_that_is_taken_becomes_a_pointer() -> None:
    story = {
        "guid": "x",
        "priority": 1,
        "/renditions/a": 2,
        "renditions": {"a": {"media": 3}},
        "extra": {"priority": 4, "/priority": 5, "same": 6},
        "same": 6,
    }
    assert dumped(story)["extra"] == {
        "priority": 4,
        "/priority": 5,
        "same": 6,
        "/~1priority": 1,
        "/renditions/a": 2,
        "/~1renditions~1a": {"media": 3},
    }


def test_the_answer_is_bounded() -> None:
    name = "n" * 100_000
    story = {"uri": "x", "renditions": {name: {"href": 1, "width": "a", "title": 2, "poi": 3}}, "headline": "h"}
    assert list(faults(story)) == ["/renditions"]
    twice = {"pubstatus": "usable", "pubStatus": "canceled"}
    many = {"uri": "x", "headline": "h", "associations": {str(number): twice for number in range(1000)}}
    assert len(faults(many)) == MAX_NAMED


NESTED: dict[str, Any] = {"headline": "x"}
for _ in range(30):
    NESTED = {"uri": "u", "associations": {"n" * 300: NESTED}, "more": 1}


@pytest.mark.parametrize(
    "text",
    [
        b'{"uri":"x","headline":"y",%s}' % b",".join(b'"a%d":0' % number for number in range(100_000)),
        b'{"uri":"x","subject":[%s]}' % b",".join([b'{"code":"a","scheme":"b","q":1}'] * 6_000),
        b'{"guid":"x","authors":[%s]}' % b",".join([b'{"jobtitle":{"a":1}}'] * 9_000),
        b'{"guid":"x","renditions":{%s}}' % b",".join(b'"%d":{"m":1}' % number for number in range(9_000)),
        b'{"uri":"x","person":[%s],"pubstatus":1}' % b",".join([b"1"] * 19_000),
        b'{"uri":"x","headlines":[%s],"pubstatus":1}' % b",".join([b"{}"] * 19_000),
        b'{"uri":"x","pubStatus":1,"renditions":[%s]}' % b",".join([b'{"resources":1,"extensions":2}'] * 6_000),
        b'{"uri":"x","body_%s":"y"}' % (b"a_" * 400_000),
        b'{"uri":"x","subject":[{"code":"%s"}]}' % (b"http://" * 140_000),
        json.dumps(NESTED).encode(),
    ],
)
def test_what_a_hostile_story_costs(text: bytes) -> None:
    with cpu_bounded(1), suppress(NewswireError):
        parse(text)


NAMES = (
    "uri guid headline headlines body_html description_text byline by person place subject renditions associations "
    "altids genre standard $standard extra authors version pubstatus pubStatus embargoed expires name value role code "
    "scheme uri literal jobtitle eventdetails dates startdate rightsinfo infosource source charcount mimetype poi "
    "contactinfo address symbols ticker geometry_geojson geojson contentDigitised resources extensions"
)
KEYS = st.sampled_from(NAMES.split())
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "1.8", "2.1", "3.3", "usable", "http://x/", "2026-01-01T00:00:00Z", "medtop:01000000"])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4),
    max_leaves=25,
)


def leads_somewhere(pointer: str, value: Any) -> bool:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in parts[:-1]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return not parts or isinstance(value, dict) or (isinstance(value, list) and int(parts[-1]) < len(value))


def outcome(story: dict[str, Any]) -> Article | NewswireError:
    try:
        return parse_value(story)
    except NewswireError as error:
        return error


@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_any_json_is_read_or_its_faults_are_named(story: dict[str, Any]) -> None:
    found = outcome(story)
    if isinstance(found, Article):
        assert parse_value(found.dump()) == found
    elif isinstance(found, ViolationError):
        assert found.violations
        assert all(leads_somewhere(violation.pointer, story) for violation in found.violations)
    else:
        assert isinstance(found, TooLargeError)
