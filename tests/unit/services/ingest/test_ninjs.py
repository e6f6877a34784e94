from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire.errors import InvalidError, TooLargeError, ViolationError
from services.ingest.formats import ninjs
from services.ingest.formats.ninjs import MAX_VALUES, OUTPUT_FIELDS, parse
from services.ingest.violations import MAX_NAMED
from tests.support.cost import cpu_bounded

if TYPE_CHECKING:
    from newswire.article import Article

STORY: dict[str, Any] = {
    "uri": "https://courier.example/1",
    "standard": {"name": "ninjs", "version": "3.1", "schema": "https://www.iptc.org/std/ninjs/ninjs-schema_3.1.json"},
    "type": "text",
    "version": "7",
    "versionCreated": "2026-11-24T16:40:00+01:00",
    "embargoedUntil": "2026-11-25T06:00:00Z",
    "expires": "2026-12-25T06:00:00Z",
    "pubStatus": "usable",
    "urgency": 3,
    "language": "en",
    "headlines": [{"role": "main", "value": "Quay closed"}],
    "bodies": [{"role": "main", "contentType": "text/html", "value": "<p>Cracks.</p>", "wordCount": 1}],
    "places": [{"name": "Lakeshore", "geoJSON": {"type": "Feature", "properties": None}}],
    "renditions": [{"name": "main", "href": "https://x.example/y.mp4", "duration": 1.5}],
    "associations": [
        {"name": "related1", "uri": "https://courier.example/2", "associations": [{"name": "a", "uri": "b"}]}
    ],
    "authors": [{"name": "I. Vale", "avatarUrl": "https://x.example/v.jpg"}],
    "extra": {"desk": "city", "none": None, "n": [1, 2.5, {"a": "b"}]},
}


def text_of(story: Any) -> bytes:
    return json.dumps(story).encode()


def pointers(story: Any) -> list[str]:
    with pytest.raises(ViolationError) as caught:
        parse(text_of(story))
    return [violation.pointer for violation in caught.value.violations]


def outcome(story: Any) -> tuple[Article | None, list[str]]:
    try:
        return parse(text_of(story)), []
    except ViolationError as error:
        return None, [violation.pointer for violation in error.violations]


def resolves(pointer: str, value: Any) -> bool:
    """Whether a pointer's parent exists, and itself too or it is a missing member."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in parts[:-1]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return not parts or isinstance(value, dict) or (isinstance(value, list) and int(parts[-1]) < len(value))


def test_nothing_is_lost() -> None:
    assert parse(text_of(STORY)).dump() == STORY


def test_an_item_of_the_feed_can_be_pushed_back() -> None:
    own = {name: {"whatever": [1]} for name in OUTPUT_FIELDS}
    assert parse(text_of({**STORY, **own})).dump() == STORY


def test_our_own_fields_are_unknown_further_down() -> None:
    assert pointers({**STORY, "associations": [{"name": "a", "uri": "b", "published": "x"}]}) == [
        "/associations/0/published"
    ]


def test_every_violation_is_named_at_once() -> None:
    story = {
        **STORY,
        "urgency": 10,
        "a/b~c": 1,
        "pub_status": "usable",
        "expires": "soon",
        "headlines": [{"valu": "x"}, None, "y"],
        "renditions": [{"name": "x", "duration": "1"}],
        "pubStatus": "cancelled",
        "version": 2,
    }
    assert set(pointers(story)) == {
        "/urgency",
        "/a~1b~0c",
        "/pub_status",
        "/expires",
        "/headlines/0/value",
        "/headlines/0/valu",
        "/headlines/1",
        "/headlines/2",
        "/renditions/0/duration",
        "/pubStatus",
        "/version",
    }


def test_null_is_absent() -> None:
    story = {
        **STORY,
        "nosuch": None,
        "by": None,
        "headlines": [{"value": "x", "role": None, "nosuch": None}],
        "url": None,
    }
    article = parse(text_of(story))
    assert article.by is None
    assert article.dump()["headlines"] == [{"value": "x"}]
    assert article.extra == STORY["extra"]
    assert pointers({**STORY, "uri": None}) == ["/uri"]
    assert pointers({"headlines": [{"value": None}]}) == ["/uri", "/headlines/0/value"]


@pytest.mark.parametrize("text", [b"[]", b"1", b"null", b'"x"', b"[{}]"])
def test_a_story_is_an_object(text: bytes) -> None:
    with pytest.raises(ViolationError) as caught:
        parse(text)
    assert [violation.pointer for violation in caught.value.violations] == [""]


def test_the_answer_is_bounded() -> None:
    with pytest.raises(ViolationError) as caught:
        parse(text_of({"uri": "x", **{str(number): 0 for number in range(5000)}, "k" * 9000: 0}))
    assert len(caught.value.violations) == MAX_NAMED
    assert "5001 violations" in str(caught.value)


@pytest.mark.parametrize("item", [b"1", b"{}", b'{"a":1}', b"[]"])
@pytest.mark.parametrize("name", [b"headlines", b"associations", b"nosuch", b"uri"])
def test_so_is_what_it_costs(name: bytes, item: bytes) -> None:
    with cpu_bounded(1):
        for number in (MAX_VALUES // 3, 1024 * 1024 // (len(item) + 1)):
            with pytest.raises((ViolationError, TooLargeError)):
                parse(b'{"%s":[%s]}' % (name, b",".join([item] * number)))


def test_extra_may_be_large_and_text_full_of_commas() -> None:
    commas = "," * (MAX_VALUES + 1)
    story = {**STORY, "by": commas, "extra": {"a": [1] * MAX_VALUES}}
    assert parse(text_of(story)).dump() == story


def test_no_story_text_comes_back() -> None:
    secret = "secret" * 100
    with pytest.raises(ViolationError) as caught:
        parse(text_of({"uri": "x", "expires": f"2026-01-01T{secret}", "urgency": secret, secret: 1, "type": secret}))
    assert all(len(v.detail) < 200 and "secret" not in v.detail + v.pointer for v in caught.value.violations)


def test_characters_that_xml_cannot_hold_are_taken_out() -> None:
    story = {
        "uri": "a\u0000b",
        "headlines": [{"value": "a\u0000b\u0008\u000bc\fd\u001b\ufffee\uffff\t\r\n\u0085\ufffd"}],
        "extra": {"k": ["\u0001x"]},
    }
    for text in (text_of(story), json.dumps(story, ensure_ascii=False).encode()):
        article = parse(text)
        assert article.uri == "a\u0000b"
        assert article.headlines is not None
        assert article.headlines[0].value == "ab\nc\nde\t\r\n\u0085\ufffd"
        assert article.extra == {"k": ["x"]}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-100, 100)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=4) | st.sampled_from(["name", "value", "uri", "role", "dates"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from([*STORY, "eventDetails", "plannedCoverage", "rightsInfo", "x"]), JSON, max_size=6)
)
def test_every_pointer_leads_somewhere(change: dict[str, Any]) -> None:
    story = {**STORY, **change}
    article, found = outcome(story)
    if article:
        assert parse(text_of(article.dump())) == article
    else:
        assert found
        assert all(resolves(pointer, story) for pointer in found)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    try:
        ninjs.parse(text)
    except InvalidError:
        return


@given(st.text(max_size=30))
def test_any_date_time_is_read_or_named(text: str) -> None:
    for value in (text, f"2026-01-01T{text}", f"2026-01-01T00:00:00{text}"):
        _, found = outcome({"uri": "x", "expires": value})
        assert found in ([], ["/expires"])
