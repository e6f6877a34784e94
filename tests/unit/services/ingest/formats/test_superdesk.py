from __future__ import annotations

import pytest

from tests.unit.services.ingest.formats.stories import dumped, faults


def test_the_guid_is_the_uri() -> None:
    assert dumped({"guid": "foo", "headline": "x"})["uri"] == "foo"
    assert dumped({"guid": "foo", "uri": "foo", "headline": "x"}) == {"uri": "foo", "headlines": [{"value": "x"}]}
    assert dumped({"uri": "bar", "service": []})["uri"] == "bar"
    assert list(faults({"service": []})) == ["/uri"]
    assert list(faults({"guid": 5})) == ["/guid"]


@pytest.mark.parametrize(("version", "read"), [(2, "2"), ("2", "2"), (1.5, "1.5"), (0, "0")])
def test_a_version_may_be_a_number(version: float | str, read: str) -> None:
    assert dumped({"guid": "x", "version": version})["version"] == read
    assert list(faults({"guid": "x", "version": True})) == ["/version"]


def test_a_cancelled_event_is_a_kill() -> None:
    event = {
        "guid": "x",
        "type": "event",
        "name": "Hearing",
        "pubstatus": "cancelled",
        "state": "cancelled",
        "_current_version": 3,
        "dates": {"start": "2026-11-24T10:00:00+0000", "tz": "Europe/Oslo"},
        "subject": [{"qcode": "06002002", "name": "ecosystem", "parent": "06002000"}],
    }
    assert dumped(event) == {
        "uri": "x",
        "type": "event",
        "title": "Hearing",
        "pubStatus": "canceled",
        "version": "3",
        "subjects": [{"name": "ecosystem", "literal": "06002002"}],
        "extra": {
            "state": "cancelled",
            "dates": {"start": "2026-11-24T10:00:00+0000", "tz": "Europe/Oslo"},
            "/subject/0": {"parent": "06002000"},
        },
    }
    assert dumped({**event, "version": 4})["version"] == "4"


def test_an_association_without_a_guid_is_a_part_of_the_story() -> None:
    held = {"featuremedia": {"type": "picture", "associations": {"x y": {}}}}
    (association,) = dumped({"guid": "urn:s", "associations": held})["associations"]
    assert association["uri"] == "urn:s#featuremedia"
    assert association["associations"] == [{"name": "x y", "uri": "urn:s#featuremedia/x%20y"}]


def test_a_name_within_gives_way_to_the_key() -> None:
    found = dumped({"guid": "urn:s", "associations": {"a": {"guid": "urn:t", "name": "b"}}})
    assert found["associations"] == [{"name": "a", "uri": "urn:t"}]
    assert found["extra"] == {"/associations/a": {"name": "b"}}


def test_authors() -> None:
    authors = [
        {"name": "Vale", "jobtitle": {"name": "Reporter"}, "avatar_url": "https://x/"},
        {"jobtitle": {}},
        {"code": "1"},
    ]
    found = dumped({"guid": "x", "authors": authors})
    assert found["authors"] == [{"name": "Vale", "jobtitle": "Reporter", "avatarUrl": "https://x/"}, {}, {}]
    assert found["extra"] == {"/authors/2": {"code": "1"}}
    assert list(faults({"guid": "x", "authors": [{"avatar_url": 1}]})) == ["/authors/0/avatar_url"]
