from __future__ import annotations

from typing import Any

import pytest

from services.ingest.formats.dialect import Dialect, dialect_of, stated

ONE, TWO, THREE, SUPERDESK = Dialect.NINJS_1, Dialect.NINJS_2, Dialect.NINJS_3, Dialect.SUPERDESK


def standard(version: str | None = None, name: str | None = "ninjs", schema: str | None = None) -> dict[str, Any]:
    return {"standard": {"name": name, "version": version, "schema": schema}}


@pytest.mark.parametrize(
    ("story", "dialect"),
    [
        (standard("1.4"), ONE),
        ({"$standard": standard("1.3")["standard"]}, ONE),
        (standard("2.0"), TWO),
        (standard("3"), THREE),
        (standard("3.3"), THREE),
        (standard("2.1", name="TTNINJS"), TWO),
        (standard("2.1", name=None), TWO),
        (standard(schema="http://www.iptc.org/std/ninjs/ninjs-schema_1.6.json#"), ONE),
        (standard(schema="https://x/ninjs-schema-dev_2.0.json"), TWO),
        ({"$schema": "http://www.iptc.org/std/ninjs/ninjs-schema_2.json"}, TWO),
        (standard("1.0", name="OurOwn"), None),
        (standard("4.0"), None),
        (standard("2", name="ninjs", schema="http://www.iptc.org/std/ninjs/ninjs-schema_3.0.json"), TWO),
        ({"standard": "ninjs 2"}, None),
        ({"$schema": 2}, None),
        ({}, None),
    ],
)
def test_what_a_story_states(story: dict[str, Any], dialect: Dialect | None) -> None:
    assert stated(story) is dialect


@pytest.mark.parametrize(
    ("story", "dialect"),
    [
        # What it states goes before its style.
        ({**standard("2.1"), "headline": "x"}, TWO),
        ({**standard("3.1"), "headline": "x", "pubstatus": "usable"}, THREE),
        ({**standard("1.1"), "guid": "x"}, SUPERDESK),
        ({**standard("2.1"), "guid": "x"}, TWO),
        # One camelCase name is enough.
        ({"versionCreated": "x"}, THREE),
        ({"pubStatus": "x", "guid": "y", "headline": "z"}, THREE),
        ({"contentDigitised": "x"}, THREE),
        # Superdesk's marks.
        *[({name: "x"}, SUPERDESK) for name in ("guid", "evolvedfrom", "service", "products", "readtime")],
        ({"headline": "x", "firstpublished": "y"}, SUPERDESK),
        ({"headline": "x", "authors": [{"avatar_url": "y"}]}, SUPERDESK),
        ({"headline": "x", "authors": [{"jobtitle": {}}]}, SUPERDESK),
        ({"headlines": [], "authors": [{"jobtitle": "x", "avatarUrl": "y"}]}, THREE),
        # 1.x: names, texts, objects.
        *[({name: "x"}, ONE) for name in ("headline", "byline", "person", "subject", "genre", "mimetype")],
        ({"body_html": "x"}, ONE),
        ({"description_caption": "x"}, ONE),
        ({"headline_main": "x"}, ONE),
        ({"renditions": {}}, ONE),
        ({"associations": {"a": {}}, "headlines": []}, ONE),
        ({"altids": {}}, ONE),
        ({"pubstatus": "canceled"}, ONE),
        ({"embargoed": "x"}, ONE),
        # 2.x: arrays beside lower case.
        ({"headlines": [], "pubstatus": "usable"}, TWO),
        ({"by": "x", "versioncreated": "y"}, TWO),
        ({"infosources": [], "embargoed": "y"}, TWO),
        ({"bodies": [{"contenttype": "x"}]}, TWO),
        ({"renditions": [{"sizeinbytes": 1}]}, TWO),
        ({"people": [{"contactinfo": []}]}, TWO),
        # Nothing decisive.
        ({}, THREE),
        ({"uri": "x"}, THREE),
        ({"uri": "x", "headlines": [{"value": "y"}], "by": "z", "provider": "p", "published": "q", "url": "r"}, THREE),
        ({"bodies": [{"contentType": "x"}], "renditions": [{"name": "y"}]}, THREE),
        ({"nosuch": 1}, THREE),
        ({"headlines": "x", "bodies": [1, None, "contenttype"]}, THREE),
    ],
)
def test_the_dialect_of_a_story(story: dict[str, Any], dialect: Dialect) -> None:
    assert dialect_of(story) is dialect
