from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newswire.cli.stories import Story
from newswire.cli.turns import Most, Turns

XML = Story(b"<nitf/>", None, "", "application/xml")
NAMELESS = Story(b"{}", None)


def story(uri: str, size: int = 2) -> Story:
    return Story(b"x" * size, uri)


def test_the_versions_of_a_story_wait_for_each_other() -> None:
    turns = Turns([story("a"), story("b"), story("a"), NAMELESS, story("a")], Most(10, 1000))
    assert turns.take() == [0, 1, 3]
    assert turns.take() == []
    turns.release([0])
    assert turns.take() == [2]
    turns.release([2, 1])
    assert turns.take() == [4]
    turns.release([4])
    assert turns.take() == []


def test_how_much_goes_together() -> None:
    turns = Turns([story(str(number), 10) for number in range(5)], Most(2, 1000))
    assert [turns.take(), turns.take(), turns.take()] == [[0, 1], [2, 3], [4]]
    turns = Turns([story("a", 10), story("b", 10), story("c", 99), story("d", 1)], Most(9, 25))
    assert [turns.take(), turns.take(), turns.take()] == [[0, 1], [2], [3]]


def test_documents_go_alone_and_one_after_the_other() -> None:
    turns = Turns([story("a"), XML, story("b"), XML], Most(9, 1000))
    assert [turns.take(), turns.take(), turns.take(), turns.take()] == [[0], [1], [2], []]
    turns.release([1])
    assert turns.take() == [3]


@given(
    st.lists(st.sampled_from([story("a"), story("b", 9), story("c"), NAMELESS, XML]), max_size=30),
    st.integers(1, 5),
    st.integers(1, 30),
    st.integers(1, 4),
)
def test_all_get_their_turn_in_order(stories: list[Story], count: int, size: int, at_once: int) -> None:
    turns = Turns(stories, Most(count, size))
    under_way: list[list[int]] = []
    settled: list[int] = []
    while True:
        while len(under_way) < at_once and (taken := turns.take()):
            under_way.append(taken)
        together = [stories[index] for taken in under_way for index in taken]
        uris = [each.uri for each in together if each.uri]
        assert len(uris) == len(set(uris))
        assert together.count(XML) <= 1
        if not under_way:
            break
        # The one that was begun last ends first.
        ended = under_way.pop()
        turns.release(ended)
        settled += ended
    assert sorted(settled) == list(range(len(stories)))
    for uri in "abc":
        versions = [index for index in settled if stories[index].uri == uri]
        assert versions == sorted(versions)
