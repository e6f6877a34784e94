from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from newswire.errors import MalformedError
from newswire.rawpath import RawPath, story_uri


@given(st.text(min_size=1).filter(lambda text: not any("\ud800" <= sign <= "\udfff" for sign in text)))
def test_a_uri_survives_its_encoding(uri: str) -> None:
    assert story_uri(quote(uri, safe="")) == uri


def test_what_is_not_utf_8_is_refused() -> None:
    with pytest.raises(MalformedError):
        story_uri("%ff")


async def test_an_encoded_slash_does_not_split_a_segment() -> None:
    app = FastAPI()

    @app.get("/v1/stories/{uri}")
    async def story(uri: str) -> str:
        return story_uri(uri)

    @app.get("/v1/stories/{uri}/versions")
    async def versions(uri: str) -> str:
        return f"versions of {story_uri(uri)}"

    transport = httpx.ASGITransport(app=RawPath(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        whole = await client.get("/v1/stories/https%3A%2F%2Fx%2Fversions?a=b")
        below = await client.get("/v1/stories/https%3A%2F%2Fx/versions")
    assert (whole.json(), below.json()) == ("https://x/versions", "versions of https://x")
