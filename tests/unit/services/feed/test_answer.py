from __future__ import annotations

import gzip

import pytest

from services.feed.answer import digest, respond, takes_gzip, unchanged

BODY = b"{}" * 100


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("GZIP", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("notgzip", False),
    ],
)
def test_gzip_is_sent_to_whoever_takes_it(header: str, takes: bool) -> None:  # noqa: FBT001
    assert takes_gzip({"accept-encoding": header}) is takes


def test_each_coding_has_its_own_validator() -> None:
    plain = respond(BODY, "text/plain", "7", {})
    packed = respond(BODY, "text/plain", "7", {"accept-encoding": "gzip"})
    assert plain.headers["etag"] == '"7"'
    assert packed.headers["etag"] == '"7-gzip"'
    assert gzip.decompress(bytes(packed.body)) == BODY
    assert packed.headers["content-length"] == str(len(packed.body))
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("known", ['"7"', 'W/"7"', '"1", "7"', "*"])
def test_who_has_it_gets_a_304(known: str) -> None:
    answer = respond(BODY, "text/plain", "7", {"if-none-match": known}, {"Link": "<x>"})
    assert answer.status_code == 304
    assert bytes(answer.body) == b""
    assert answer.headers["etag"] == '"7"'
    assert answer.headers["link"] == "<x>"
    assert answer.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize("known", ["", '"8"', "7", '"7-gzip"'])
def test_who_has_another_one_does_not(known: str) -> None:
    assert unchanged("7", {"if-none-match": known}) is None


def test_a_digest_tells_its_parts_apart() -> None:
    assert digest(b"ab", b"c") != digest(b"a", b"bc")
    assert digest(b"a") == digest(b"a")
