from __future__ import annotations

from typing import Any

from tests.unit.services.ingest.formats.stories import dumped, faults

STORY: dict[str, Any] = {"uri": "x", "pubStatus": "usable"}


def test_without_a_standard_they_are_taken() -> None:
    story = {**STORY, "renditions": [{"name": "a", "extensions": {"b": "c"}}]}
    assert dumped(story)["extra"] == {"/renditions/0": {"extensions": {"b": "c"}}}


def test_what_says_it_is_of_3_1_knows_nothing_of_them() -> None:
    story = {**STORY, "contentDigitised": "2026-01-01T00:00:00Z", "renditions": [{"name": "a", "resources": []}]}
    for version in ("3.0", "3.1"):
        assert faults({**story, "standard": {"version": version}}) == {
            "/contentDigitised": "no such property",
            "/renditions/0/resources": "no such property",
        }
    for later in ({"version": "3"}, {"version": "3.2"}, {"version": "3.3"}, {"version": None}):
        assert "contentDigitised" in dumped({**story, "standard": later})["extra"]


def test_their_faults_are_named_with_all_others() -> None:
    story = {
        **STORY,
        "urgency": 10,
        "contentDigitised": "soon",
        "renditions": [{"name": "a", "resources": [{"role": 1, "nosuch": 2}], "extensions": {"a": 1}}],
        "associations": [{"name": "b", "uri": "c", "contentDigitised": 1}],
        "resources": [],
    }
    assert set(faults(story)) == {
        "/urgency",
        "/contentDigitised",
        "/renditions/0/resources/0/role",
        "/renditions/0/resources/0/nosuch",
        "/renditions/0/extensions/a",
        "/associations/0/contentDigitised",
        "/resources",
    }
    assert list(faults({**STORY, "contentDigitised": "soon"})) == ["/contentDigitised"]
    assert list(faults({**STORY, "contentDigitised": "2026-01-01T00:00:00Z", "extra": 1})) == ["/extra"]
