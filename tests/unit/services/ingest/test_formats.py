from __future__ import annotations

import pytest

from newswire.errors import UnsupportedError
from services.ingest.formats import ninjs, parser_for


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/ninjs+json",
        "Application/JSON",
        "application/vnd.x+json",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json ;",
        'application/ld+json; profile="https://x/a;b"; charset=utf8',
    ],
)
def test_json_is_ninjs(content_type: str) -> None:
    assert parser_for(content_type) is ninjs.parse


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/json",
        "application/jsonx",
        "application/+json",
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/json; charset",
        "application/json, text/plain",
        "application/json;" + " ;" * 30_000,
    ],
)
def test_all_else_is_unsupported(content_type: str | None) -> None:
    with pytest.raises(UnsupportedError):
        parser_for(content_type)
