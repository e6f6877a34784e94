from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.feed.ring import WRITE_BYTES, Ring, encode, encode_reset
from services.feed.store.reader import Card, Change

BASE = "http://feed"


def _shown(change: int, uri: str = "u", bodies: bytes = b"") -> Change:
    return Change(change, "new", uri, "1", Card(uri, b'{"uri":"%b"}' % uri.encode(), bodies))


def _numbers(chunk: bytes) -> list[int]:
    return [int(line[4:]) for line in chunk.split(b"\n") if line.startswith(b"id: ")]


def _all_after(ring: Ring, position: int) -> list[int]:
    numbers: list[int] = []
    while True:
        found = ring.after(position, bodies=False)
        assert found is not None
        if not found[0]:
            return numbers
        numbers += _numbers(found[0])
        position = found[1]


@given(st.lists(st.integers(1, 5), max_size=40), st.integers(1, 20), st.integers(-1, 200))
def test_what_is_after_a_position_is_whole_or_refused(gaps: list[int], most: int, position: int) -> None:
    ring = Ring(-1, events_most=most)
    numbers: list[int] = []
    for gap in gaps:
        numbers.append((numbers[-1] if numbers else -1) + gap)
        ring.append(encode(_shown(numbers[-1]), BASE))
    kept = numbers[-most:]
    assert ring.floor == (numbers[-most - 1] if len(numbers) > most else -1)
    if position < ring.floor:
        assert ring.after(position, bodies=False) is None
    else:
        assert _all_after(ring, position) == [number for number in kept if number > position]


def test_the_ring_is_bounded_in_bytes_and_keeps_the_newest() -> None:
    ring = Ring(bytes_most=1000)
    for change in range(10):
        ring.append(encode(_shown(change, bodies=b'["' + b"x" * 600 + b'"]'), BASE))
    assert ring.floor == 8
    assert _all_after(ring, 8) == [9]


def test_a_long_backlog_comes_in_parts() -> None:
    ring = Ring()
    for change in range(4):
        ring.append(encode(_shown(change, bodies=b'["' + b"x" * (WRITE_BYTES // 2) + b'"]'), BASE))
    found = ring.after(-1, bodies=True)
    assert found is not None
    assert _numbers(found[0]) == [0, 1]
    assert found[1] == 1


def test_readers_at_one_position_share_the_bytes() -> None:
    ring = Ring()
    ring.append(encode(_shown(0), BASE))
    ring.append(encode(_shown(1), BASE))
    first, second = ring.after(-1, bodies=False), ring.after(-1, bodies=False)
    assert first is not None
    assert second is not None
    assert first[0] is second[0]


def test_a_story_that_is_gone_is_taken_out_of_its_earlier_changes() -> None:
    ring = Ring()
    ring.append(encode(_shown(0, "secret", b'["words"]'), BASE))
    ring.append(encode(_shown(1, "other"), BASE))
    before = ring.after(-1, bodies=True)
    assert before is not None
    assert b"words" in before[0]
    ring.append(encode(Change(2, "kill", "secret", None, None), BASE))
    for bodies in (False, True):
        found = ring.after(-1, bodies=bodies)
        assert found is not None
        assert _numbers(found[0]) == [0, 1, 2]
        stories = [orjson.loads(line[6:])["story"] for line in found[0].split(b"\n") if line.startswith(b"data: ")]
        assert [story and story["uri"] for story in stories] == [None, "other", None]
        assert b"words" not in found[0]


def test_an_event_is_id_kind_and_one_line() -> None:
    event = encode(_shown(3, bodies=b"[1]"), BASE)
    assert event.plain == (
        b'id: 3\nevent: new\ndata: {"change":3,"kind":"new","uri":"u","version":"1",'
        b'"story":{"uri":"u","url":"http://feed/stories/u"}}\n\n'
    )
    assert b'"bodies":[1]' in event.full
    assert encode_reset(9) == b'id: 9\nevent: reset\ndata: {"change":9}\n\n'


def test_a_new_beginning_forgets_all() -> None:
    ring = Ring()
    ring.append(encode(_shown(0), BASE))
    ring.restart(7)
    assert ring.after(0, bodies=False) is None
    assert ring.after(7, bodies=False) == (b"", 7)
