"""The read model on a real Redis: the fence, the pages, the change log and what an ending leaves behind."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from newswire.errors import GapError, GoneError, NotWholeError, StoreError
from newswire.lifecycle import Ref, Story, Version
from services.feed.store import stub
from services.feed.store.reader import ANSWER_BYTES, Reader, Trace
from services.feed.store.writer import Writer
from services.feed.store.writes import Receipt, Write

if TYPE_CHECKING:
    from redis.asyncio import Redis

pytestmark = pytest.mark.servers

KEPT = 5
TRACEPARENT = f"00-{'ab' * 16}-{'c' * 16}-01"


@pytest.fixture
def writer(redis: Redis, wire: str) -> Writer:
    return Writer(redis, wire, changes_kept=KEPT)


@pytest.fixture
def reader(redis: Redis, wire: str) -> Reader:
    return Reader(redis, wire)


def shown(offset: int, uri: str, *, first: int | None = None, kind: str = "new") -> Write:
    version = Version(Ref(0, offset), 0, "1", 0)
    story = Story(
        owner="acme",
        candidate=version,
        phase="visible",
        visible=version,
        first=offset if first is None else first,
        published_ms=offset,
        updated_ms=offset,
    )
    return Write(
        offset=offset,
        uri=uri,
        newest_ms=offset,
        story=story,
        pending=b"",
        kind=kind,  # type: ignore[arg-type]
        version="1",
        card=orjson.dumps({"uri": uri, "change": offset}),
        bodies=b'[{"value":"b"}]',
    )


def ended(offset: int, uri: str) -> Write:
    story = Story(owner="acme", killed=True, first=0, ended="kill")
    return Write(offset=offset, uri=uri, newest_ms=0, story=story, pending=b"", kind="kill")


class TestFence:
    async def test_takes_only_the_next_offset(self, writer: Writer) -> None:
        await writer.apply([shown(0, "a"), shown(1, "b")], first=0)
        for wrong in (0, 1, 3):
            with pytest.raises(GapError) as gap:
                await writer.apply([shown(wrong, "x")], first=0)
            assert gap.value.expected == 2
        view = await writer.view(["a", "x"])
        assert (view.offset, set(view.stories)) == (1, {"a"})

    async def test_with_nothing_stored_only_the_first_of_the_log(self, writer: Writer) -> None:
        with pytest.raises(GapError) as gap:
            await writer.apply([shown(8, "a")], first=7)
        assert gap.value.expected == 7

    async def test_what_comes_before_the_gap_is_applied(self, writer: Writer) -> None:
        with pytest.raises(GapError):
            await writer.apply([shown(0, "a"), shown(2, "b")], first=0)
        assert (await writer.view([])).offset == 0

    async def test_survives_a_redis_that_forgot_the_script(self, writer: Writer, redis: Redis) -> None:
        await writer.apply([shown(0, "a")], first=0)
        await redis.script_flush()
        with pytest.raises(StoreError):
            await writer.apply([shown(1, "b")], first=0)
        await writer.apply([shown(1, "b")], first=0)


class TestWhole:
    async def test_nothing_is_shown_before(self, writer: Writer, reader: Reader) -> None:
        await writer.apply([shown(0, "a")], first=0)
        for call in (reader.page(None, 5, bodies=False), reader.story("a"), reader.changes(None, 5, bodies=False)):
            with pytest.raises(NotWholeError):
                await call

    async def test_not_before_the_end_is_reached(self, writer: Writer, reader: Reader) -> None:
        await writer.apply([shown(0, "a")], first=0)
        assert not await writer.mark_whole(2)
        await writer.apply([shown(1, "b")], first=0)
        assert await writer.mark_whole(2)
        assert await reader.head() == 1

    async def test_an_empty_log_is_whole(self, writer: Writer, reader: Reader) -> None:
        assert await writer.mark_whole(0)
        page = await reader.page(None, 5, bodies=False)
        assert (page.change, page.cards, page.cursor) == (-1, (), None)


class TestReading:
    @pytest.fixture(autouse=True)
    async def three(self, writer: Writer) -> None:
        await writer.apply(
            [shown(0, "a"), shown(1, "b"), shown(2, "c"), shown(3, "a", first=0, kind="update")], first=0
        )
        await writer.mark_whole(4)

    async def test_a_walk_meets_every_story_once_newest_first(self, reader: Reader) -> None:
        walked, cursor = [], None
        while True:
            page = await reader.page(cursor, 1, bodies=True)
            walked += [card.uri for card in page.cards]
            assert page.cards[0].bodies
            if page.cursor is None:
                break
            cursor = page.cursor
        assert walked == ["c", "b", "a"]

    async def test_an_update_is_served_in_place(self, reader: Reader) -> None:
        found = await reader.story("a")
        assert found.card is not None
        assert (found.change, orjson.loads(found.card.item)["change"]) == (3, 3)

    async def test_an_ending_leaves_nothing_but_the_stub(
        self, writer: Writer, reader: Reader, redis: Redis, wire: str
    ) -> None:
        await writer.apply([ended(4, "a")], first=0)
        found = await reader.story("a")
        assert found.card is None
        assert found.story is not None
        assert found.story.gone
        log = await reader.changes(None, 10, bodies=True)
        assert [(one.change, one.kind, one.uri, one.version, one.card is None) for one in log.changes] == [
            (0, "new", "a", "1", True),
            (1, "new", "b", "1", False),
            (2, "new", "c", "1", False),
            (3, "update", "a", "1", True),
            (4, "kill", "a", None, True),
        ]
        assert not await redis.exists(f"{{{wire}}}:1:versions:a")
        assert set(await redis.hkeys(f"{{{wire}}}:1:cards")) == {b"1", b"2"}
        assert set(await redis.hkeys(f"{{{wire}}}:1:bodies")) == {b"1", b"2"}

    async def test_after_is_exclusive_and_next_is_the_head(self, reader: Reader) -> None:
        log = await reader.changes(1, 10, bodies=False)
        assert ([one.change for one in log.changes], log.next) == ([2, 3], 3)
        assert (await reader.changes(3, 10, bodies=False)).next == 3
        assert (await reader.changes(-1, 2, bodies=False)).next == 1

    async def test_a_number_past_the_head_is_gone(self, reader: Reader) -> None:
        with pytest.raises(GoneError):
            await reader.changes(4, 10, bodies=False)

    async def test_a_trimmed_number_is_gone_but_for_the_last(self, writer: Writer, reader: Reader) -> None:
        await writer.apply([shown(offset, f"n{offset}") for offset in range(4, 8)], first=0)
        assert [one.change for one in (await reader.changes(None, 10, bodies=False)).changes] == [3, 4, 5, 6, 7]
        assert (await reader.changes(2, 10, bodies=False)).changes[0].change == 3
        for number in (1, 0, -1):
            with pytest.raises(GoneError):
                await reader.changes(number, 10, bodies=False)

    async def test_an_empty_version_is_not_an_absent_one(self, writer: Writer, reader: Reader) -> None:
        await writer.apply(
            [Write(offset=4, uri="a", newest_ms=0, story=Story(first=0), kind="expire", version="")], first=0
        )
        assert (await reader.changes(3, 1, bodies=False)).changes[0].version == ""


class TestTrace:
    WAITING = Write(0, "a", 0, story=Story("acme", phase="pending"), release_us=500)

    async def test_is_kept_with_the_change_where_there_is_one(
        self, writer: Writer, reader: Reader, redis: Redis, wire: str
    ) -> None:
        traced = [replace(write, traceparent=TRACEPARENT) for write in (shown(0, "a"), ended(1, "a"))]
        await writer.apply([*traced, shown(2, "b"), ended(3, "b")], first=0)
        await writer.mark_whole(4)
        found = (await reader.changes(None, 10, bodies=True)).changes
        assert [one.trace_id for one in found] == ["ab" * 16, "ab" * 16, None, None]
        assert [one.version for one in found] == ["1", None, "1", None]
        entries: Any = await redis.xrange(f"{{{wire}}}:1:changes")
        # As they were written before there was a trace.
        assert [set(fields) for _, fields in entries[2:]] == [{b"kind", b"uri", b"version"}, {b"kind", b"uri"}]

    async def test_is_kept_for_what_the_clock_has_to_write_of_it(self, writer: Writer, redis: Redis, wire: str) -> None:
        def waits(offset: int, letter: str) -> Write:
            traceparent = f"00-{letter * 32}-{'c' * 16}-01" if letter else None
            return replace(self.WAITING, offset=offset, pending=b"{}", traceparent=traceparent)

        async def traces() -> list[str | None]:
            return [due.traceparent and due.traceparent[3] for due in await writer.due(1_000, 10)]

        await writer.apply([waits(0, "a")], first=0)
        assert await traces() == ["a"]
        await writer.apply([waits(1, "b")], first=0)
        assert await traces() == ["b"]
        # Another one's record, which lets it wait on.
        await writer.apply([replace(self.WAITING, offset=2, traceparent=f"00-{'d' * 32}-{'c' * 16}-01")], first=0)
        assert await traces() == ["b"]
        await writer.apply([waits(3, "")], first=0)
        assert await traces() == [None]
        shows = replace(shown(5, "a"), expire_us=900, traceparent=f"00-{'e' * 32}-{'c' * 16}-01")
        await writer.apply([waits(4, "a"), shows], first=0)
        assert await traces() == ["e"]
        await writer.apply([ended(6, "a")], first=0)
        assert (await traces(), await redis.exists(f"{{{wire}}}:1:traces")) == ([], 0)


class TestRoom:
    """An answer that would be too long ends early, and the next one goes on where it ended."""

    # A card of about 23 bytes and bodies of 100.
    BODIES = orjson.dumps([{"value": "b" * 86}])

    @pytest.fixture
    async def writer(self, redis: Redis, wire: str) -> Writer:
        writer = Writer(redis, wire, changes_kept=100)
        await writer.apply([replace(shown(offset, f"u{offset}"), bodies=self.BODIES) for offset in range(10)], first=0)
        await writer.mark_whole(10)
        return writer

    @pytest.mark.parametrize(
        ("room", "bodies", "sizes"),
        [
            (0, True, [1] * 10),
            (130, True, [1] * 10),
            (400, True, [3, 3, 3, 1]),
            (50, False, [2] * 5),
            (400, False, [7, 3]),
            (ANSWER_BYTES, True, [7, 3]),
        ],
    )
    @pytest.mark.usefixtures("writer")
    async def test_each_is_met_once(
        self, redis: Redis, wire: str, room: int, *, bodies: bool, sizes: list[int]
    ) -> None:
        reader = Reader(redis, wire, answer_bytes=room)
        pages = [await reader.page(None, 7, bodies=bodies)]
        while pages[-1].cursor is not None:
            pages.append(await reader.page(pages[-1].cursor, 7, bodies=bodies))
        assert [card.uri for page in pages for card in page.cards] == [f"u{number}" for number in reversed(range(10))]
        assert [len(page.cards) for page in pages] == sizes
        parts = [await reader.changes(None, 7, bodies=bodies)]
        while parts[-1].next < parts[-1].change:
            parts.append(await reader.changes(parts[-1].next, 7, bodies=bodies))
        assert [one.change for part in parts for one in part.changes] == list(range(10))
        assert [len(part.changes) for part in parts] == sizes
        cards = [one.card for part in parts for one in part.changes]
        assert all(card is not None and bool(card.bodies) == bodies for card in cards)

    async def test_the_gone_take_no_room(self, redis: Redis, wire: str, writer: Writer) -> None:
        await writer.apply([ended(10, "u1"), ended(11, "u2")], first=0)
        reader = Reader(redis, wire, answer_bytes=250)
        found = await reader.changes(None, 100, bodies=True)
        assert [(one.change, one.card is None) for one in found.changes] == [
            (0, False),
            (1, True),
            (2, True),
            (3, False),
        ]
        assert (found.next, found.change) == (3, 11)

    async def test_megabytes_of_bodies(self, reader: Reader, writer: Writer) -> None:
        text = orjson.dumps([{"value": "b" * 1_500_000}])
        await writer.apply([replace(shown(offset, f"u{offset}"), bodies=text) for offset in range(10, 30)], first=0)
        page = await reader.page(None, 100, bodies=True)
        assert [card.uri for card in page.cards] == ["u29", "u28"]
        assert page.cursor == 28
        assert len((await reader.page(None, 100, bodies=False)).cards) == 30
        assert (await reader.changes(9, 100, bodies=True)).next == 11


class TestSchedule:
    async def test_due_by_instant_and_gone_with_the_state(self, writer: Writer) -> None:
        version = Version(Ref(3, 9), 0, "1", 0, embargo_us=500)
        story = Story(owner="acme", candidate=version, phase="pending")
        await writer.apply([Write(offset=0, uri="a", newest_ms=0, story=story, pending=b"{}", release_us=500)], first=0)
        assert await writer.due(499, 10) == []
        (due,) = await writer.due(500, 10)
        assert (due.expire, due.uri, due.story) == (False, "a", story)
        assert (await writer.view(["a"])).pending == {"a": b"{}"}
        await writer.apply([ended(1, "a")], first=0)
        assert await writer.due(10_000, 10) == []
        assert (await writer.view(["a"])).pending == {}


async def test_redis_tells_its_time(writer: Writer) -> None:
    assert abs(await writer.time_us() - time.time_ns() / 1000) < 60_000_000


class TestReceipts:
    async def test_are_found_with_the_story_s_state(self, writer: Writer, reader: Reader) -> None:
        receipt = Receipt("id-1", orjson.dumps({"id": "id-1", "uri": "a"}), 60)
        write = replace(shown(0, "a"), receipt=receipt)
        await writer.apply([write], first=0)
        await writer.mark_whole(1)
        trace = await reader.receipt("id-1")
        assert trace.change == 0
        assert trace.pushed is not None
        assert (trace.pushed.receipt["uri"], trace.pushed.change) == ("a", 0)
        assert trace.pushed.story == write.story
        assert await reader.receipt("id-2") == Trace(0, None)


def test_a_stub_holds_a_state_whole() -> None:
    pending = Version(Ref(11, 2**40), 3, "2.5", -5, embargo_us=1, expires_us=2)
    visible = Version(Ref(11, 4), 0, None, 7)
    for story in (
        Story(),
        Story("acme", candidate=pending, phase="pending", visible=visible, first=0, published_ms=5, updated_ms=6),
        Story("acme", candidate=visible, phase="visible", visible=visible, first=3, ended=None),
        Story("acme", killed=True, first=3, ended="kill", shown=Ref(2, 4)),
    ):
        assert stub.decode(stub.encode(story)) == story
