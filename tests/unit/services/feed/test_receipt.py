from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from newswire.lifecycle import Ref, Story, Version
from services.feed.receipt import PENDING_MS, receipt, unseen
from services.feed.store.reader import Pushed

NOW_MS = 1_764_000_000_000
FIRST = Version(Ref(2, 10), 0, "1", 0)
SECOND = Version(Ref(2, 20), 0, "2", 0)
SHOWN = Story("agency", candidate=FIRST, phase="visible", visible=FIRST, first=5)


def _pushed(story: Story | None, offset: int = 10, **more: Any) -> Pushed:
    known = {"id": "e", "uri": "u", "version": "1", "at": "2025-01-01T00:00:00.000Z", "partition": 2, "offset": offset}
    return Pushed(known | more, story, 5)


@pytest.mark.parametrize(
    ("story", "offset", "state"),
    [
        (SHOWN, 10, "visible"),
        (SHOWN, 9, "superseded"),
        (replace(SHOWN, candidate=SECOND, phase="pending"), 10, "visible"),
        (replace(SHOWN, candidate=SECOND, phase="pending"), 20, "embargoed"),
        (replace(SHOWN, candidate=SECOND, visible=SECOND), 10, "superseded"),
        (replace(SHOWN, candidate=SECOND, visible=SECOND), 20, "visible"),
        (replace(SHOWN, visible=None, phase="withheld", ended="withdraw"), 10, "withheld"),
        (replace(SHOWN, visible=None, phase="expired", ended="expire"), 10, "expired"),
        (replace(SHOWN, visible=None, phase="expired", ended="expire"), 9, "superseded"),
        (Story("agency", killed=True, first=5, ended="kill"), 10, "killed"),
        (Story("agency", killed=True, ended="kill"), 99, "killed"),
        (None, 10, "pending"),
    ],
)
def test_the_state_follows_from_the_story(story: Story | None, offset: int, state: str) -> None:
    answer = receipt(_pushed(story, offset))
    assert answer["state"] == state
    assert ("change" in answer) == (state == "visible")
    assert list(answer)[:4] == ["id", "uri", "version", "state"]
    assert "problem" not in answer


def test_the_partition_tells_two_offsets_apart() -> None:
    assert receipt(_pushed(SHOWN, partition=1))["state"] == "superseded"


def test_a_refused_event_is_a_dead_letter_with_its_problem() -> None:
    answer = receipt(_pushed(SHOWN, refused=True))
    assert answer["state"] == "dead-lettered"
    assert answer["problem"]["status"] == 403
    assert "change" not in answer


def _uuid7(ms: int) -> str:
    return f"{ms >> 16:08x}-{ms & 0xFFFF:04x}-7abc-8def-0123456789ab"


def test_a_young_unknown_id_is_pending() -> None:
    event_id = _uuid7(NOW_MS - 1000)
    assert unseen(event_id, NOW_MS) == {"id": event_id, "state": "pending", "at": "2025-11-24T15:59:59.000Z"}


@pytest.mark.parametrize(
    "event_id",
    [
        _uuid7(NOW_MS - PENDING_MS),
        _uuid7(NOW_MS + 3_600_000),
        str(uuid4()),
        _uuid7(NOW_MS).replace("-", ""),
        _uuid7(NOW_MS).upper(),
        _uuid7(NOW_MS).replace("-8def", "-cdef"),
        "{" + _uuid7(NOW_MS) + "}",
        "",
        "x",
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
    ],
)
def test_any_other_unknown_id_is_unknown(event_id: str) -> None:
    assert unseen(event_id, NOW_MS) is None
