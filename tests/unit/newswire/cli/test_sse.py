from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswire.cli.sse import Event, Parser
from newswire.errors import TooLargeError

STREAM = (
    "\ufeff: hello\n\nid: 7\nevent: new\ndata: {}\n\n"
    "data\n\nevent: gone\n\ndata: a\r\ndata:b\r\ndata:  c\r\n\r\n"
    "id: 8\rdata: x\r\rid\ndata: y\n\nid: 9\0\ndata: z\nfoo: bar\nretry: 1500\n\nid: 10\ndata: never ended\n"
)
EVENTS = [
    Event("new", "{}", "7"),
    Event("message", "", "7"),
    Event("message", "a\nb\n c", "7"),
    Event("message", "x", "8"),
    Event("message", "y", ""),
    Event("message", "z", ""),
]


def test_a_stream_in_one_piece() -> None:
    parser = Parser()
    assert list(parser.feed(STREAM)) == EVENTS
    assert parser.retry_seconds == 1.5


def test_an_id_counts_once_its_event_is_whole() -> None:
    parser = Parser("6")
    assert list(parser.feed("id: 7\ndata: x\n")) == []
    assert parser.last_id == "6"
    assert list(parser.feed("\n")) == [Event("message", "x", "7")]
    assert parser.last_id == "7"


def test_the_id_before_holds_for_events_without_one() -> None:
    assert list(Parser("6").feed("data: x\n\n")) == [Event("message", "x", "6")]


@given(st.lists(st.integers(0, len(STREAM))))
def test_pieces_do_not_matter(cuts: list[int]) -> None:
    parser = Parser()
    ends = sorted({0, len(STREAM), *cuts})
    pieces = [STREAM[start:end] for start, end in itertools.pairwise(ends)]
    assert [event for piece in pieces for event in parser.feed(piece)] == EVENTS


@given(st.lists(st.text(alphabet="idatev: \r\n\0x\ufeff", max_size=20), max_size=10))
def test_any_text_is_read(pieces: list[str]) -> None:
    parser, whole = Parser(), Parser()
    found = [event for piece in pieces for event in parser.feed(piece)]
    # The last CR may be half of a CR LF, so it waits in both.
    assert found == list(whole.feed("".join(pieces)))


def test_what_never_ends_is_refused() -> None:
    parser = Parser()
    for _ in range(2):
        assert list(parser.feed("x" * 6 * 1024 * 1024)) == []
    with pytest.raises(TooLargeError):
        list(parser.feed("x" * 6 * 1024 * 1024))
