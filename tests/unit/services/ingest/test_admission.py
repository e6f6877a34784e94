from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire.article import Article, Body, Text
from newswire.errors import ForbiddenError, ViolationError
from services.ingest.admission import MAX_URI_CHARS, Stamp, admit, canonical_uri, kill
from services.ingest.credentials import Provider

ANYTHING = Provider("dev", ("",))
STAMP = Stamp("01a20eaf-6849-74ba-9c00-e6cbf1870f53", "2026-11-24T16:40:00.123Z")
HEADLINE = (Text(value="x"),)


@pytest.mark.parametrize(
    "uri",
    [
        "https://x.example/a/b?c=d#e",
        "urn:newsml:x.example:20261124:a",
        "tag:x.example,2026:1",
        "x:y",
        "http://[2001:db8::1]/%D0%B1",
        "urn:newswire:other:1",
    ],
)
def test_a_uri_stays_as_it_is(uri: str) -> None:
    assert canonical_uri(uri, "dev") == uri


@pytest.mark.parametrize(
    ("uri", "urn"),
    [
        ("123", "urn:newswire:dev:123"),
        ("a/b", "urn:newswire:dev:a%2Fb"),
        ("https://x.example/б", "urn:newswire:dev:https%3A%2F%2Fx.example%2F%D0%B1"),
        ("https://x.example/%zz", "urn:newswire:dev:https%3A%2F%2Fx.example%2F%25zz"),
        ("https://x.example/\n", "urn:newswire:dev:https%3A%2F%2Fx.example%2F%0A"),
        ("a\0b", "urn:newswire:dev:a%00b"),
        ("x:", "urn:newswire:dev:x%3A"),
        ("x: y", "urn:newswire:dev:x%3A%20y"),
        ("../../etc", "urn:newswire:dev:..%2F..%2Fetc"),
    ],
)
def test_what_is_no_uri_becomes_one(uri: str, urn: str) -> None:
    assert canonical_uri(uri, "dev") == urn


@given(st.text(max_size=50))
def test_every_uri_comes_out_printable_and_for_good(text: str) -> None:
    try:
        uri = canonical_uri(text, "dev")
    except ViolationError:
        assert not text.strip()
        return
    assert uri.isascii()
    assert uri.isprintable()
    assert " " not in uri
    assert canonical_uri(uri, "other") == uri


@pytest.mark.parametrize("uri", [" ", "\n", "x:" + "a" * MAX_URI_CHARS, "б" * 1000, "a" * 1_000_000, "%" * 1_000_000])
def test_uris_that_are_refused(uri: str) -> None:
    with pytest.raises(ViolationError) as caught:
        canonical_uri(uri, "dev")
    assert [violation.pointer for violation in caught.value.violations] == ["/uri"]


def test_the_event() -> None:
    event = admit(Article(uri="7", headlines=HEADLINE, version="2"), ANYTHING, STAMP)
    assert (event.id, event.provider, event.accepted) == (STAMP.id, "dev", STAMP.accepted)
    assert event.article == Article(uri="urn:newswire:dev:7", headlines=HEADLINE, version="2")


def test_prefixes_hold_for_the_uri_as_it_is_kept() -> None:
    provider = Provider("courier", ("https://courier.example/", "urn:newswire:courier:"))
    for uri in ("https://courier.example/1", "local-7"):
        admit(Article(uri=uri, headlines=HEADLINE), provider, STAMP)
        kill(uri, provider, STAMP)
    for uri in ("https://courier.example.evil/", "http://courier.example/", "urn:newswire:other:1"):
        with pytest.raises(ForbiddenError):
            admit(Article(uri=uri, headlines=HEADLINE), provider, STAMP)
        with pytest.raises(ForbiddenError):
            kill(uri, provider, STAMP)
    with pytest.raises(ForbiddenError):
        kill("x:y", Provider("nobody", ()), STAMP)


@pytest.mark.parametrize(
    "article",
    [
        Article(uri="x:1", headlines=HEADLINE),
        Article(uri="x:1", descriptions=HEADLINE, type="text"),
        Article(uri="x:1", bodies=(Body(value="x"),), pub_status="usable"),
        Article(uri="x:1", type="video"),
        Article(uri="x:1", pub_status="canceled"),
        Article(uri="x:1", pub_status="withheld", headlines=(Text(value=" "),)),
    ],
)
def test_enough_text(article: Article) -> None:
    assert admit(article, ANYTHING, STAMP).article == article


@pytest.mark.parametrize(
    "article",
    [
        Article(uri="x:1"),
        Article(uri="x:1", type="text", headlines=()),
        Article(uri="x:1", headlines=(Text(value=" "),), bodies=(Body(value="\n"),)),
        Article(uri="x:1", bodies=(Body(value="<script>x</script>", content_type="text/html"),)),
    ],
)
def test_too_little_text(article: Article) -> None:
    with pytest.raises(ViolationError) as caught:
        admit(article, ANYTHING, STAMP)
    assert [violation.pointer for violation in caught.value.violations] == [""]


def test_a_kill() -> None:
    assert kill("x:1", ANYTHING, STAMP).article == Article(uri="x:1", pub_status="canceled")
