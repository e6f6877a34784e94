from __future__ import annotations

import pytest

from newswire.cli.answers import outcomes_of
from newswire.cli.outcomes import Outcome, line_of
from newswire.cli.stories import Story

ONE = Story(b"{}", "x:1", "a.json, line 1")
TWO = Story(b"{}", "x:2", "a.json, line 2")
FEED = Story(b"<rss/>", None, "a.rss", "application/rss+xml")
WRONG = {
    "type": "urn:newswire:problem:violation",
    "detail": "1 violation",
    "errors": [{"pointer": "/by", "detail": "no"}],
}


def test_answers_to_one_story() -> None:
    accepted = {"id": "1", "uri": "x:9", "version": "7", "duplicate": True}
    assert outcomes_of(202, accepted, "Accepted", [ONE]) == [
        [Outcome(202, "x:9", "7", duplicate=True, place=ONE.place)]
    ]
    assert outcomes_of(422, WRONG, "?", [ONE]) == [[Outcome(422, "x:1", None, WRONG, place=ONE.place)]]
    assert outcomes_of(418, None, "I'm a teapot", [ONE]) == [
        [Outcome(418, "x:1", None, {"detail": "I'm a teapot"}, place=ONE.place)]
    ]


def test_answers_to_a_batch() -> None:
    told = [{"status": 422, "problem": WRONG}, {"status": 202, "uri": "x:2", "version": "1", "id": "1"}]
    assert outcomes_of(207, {"results": told}, "?", [ONE, TWO]) == [
        [Outcome(422, "x:1", None, WRONG, place=ONE.place)],
        [Outcome(202, "x:2", "1", place=TWO.place)],
    ]
    away = {"detail": "no Kafka"}
    assert outcomes_of(503, away, "?", [ONE, TWO]) == [
        [Outcome(503, story.uri, None, away, place=story.place)] for story in (ONE, TWO)
    ]


def test_answers_to_a_document() -> None:
    told = [{"status": 202, "uri": "x:1"}, {"status": 422, "problem": WRONG}]
    assert outcomes_of(207, {"results": told}, "?", [FEED]) == [
        [Outcome(202, "x:1", place="a.rss, story 1"), Outcome(422, None, None, WRONG, place="a.rss, story 2")]
    ]
    assert outcomes_of(202, {"results": []}, "?", [FEED]) == [[]]
    assert outcomes_of(202, {"uri": "x:1"}, "?", [FEED]) == [[Outcome(202, "x:1", place="a.rss")]]


@pytest.mark.parametrize("body", [None, [], {}, {"results": 1}, {"results": [{}]}, {"results": [{"status": 202}] * 3}])
def test_a_batch_is_not_accepted_by_an_answer_that_says_nothing_of_its_stories(body: object) -> None:
    found = outcomes_of(202, body, "Accepted", [ONE, TWO])
    assert [outcome.passing for [outcome] in found] == [True, True]


@pytest.mark.parametrize("result", [None, [], {}, {"status": "202"}, {"status": 422, "problem": 1}])
def test_results_that_are_none_of_ours(result: object) -> None:
    for [outcome] in outcomes_of(207, {"results": [result, result]}, "?", [ONE, TWO]):
        assert not outcome.accepted
        assert line_of(outcome)
