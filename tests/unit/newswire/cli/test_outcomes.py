from __future__ import annotations

from newswire.cli.outcomes import (
    NOT_SENT,
    Outcome,
    exit_code,
    line_of,
    results,
    tally,
)

WRONG = {
    "type": "urn:newswire:problem:violation",
    "detail": "1 violation",
    "errors": [{"pointer": "/by", "detail": "no"}],
}


def test_what_the_process_says() -> None:
    good, bad, away, later = (Outcome(status, "x:1") for status in (202, 422, None, 503))
    assert exit_code([]) == exit_code([good, good]) == 0
    assert exit_code([good, bad]) == exit_code([Outcome(401, "x:1")]) == 1
    assert exit_code([good, bad, away]) == exit_code([later]) == exit_code([Outcome(429, "x:1"), bad]) == 3


def test_a_line_cannot_steer_the_terminal() -> None:
    problem = {"detail": "wrong", "errors": [{"pointer": "/a\u202e", "detail": "b"}]}
    line = line_of(Outcome(422, "x:\x1b[2J\n", None, problem))
    assert line == "422  x:\\x1b[2J\\n  wrong  /a\\u202e: b"
    assert line_of(Outcome(None, None)) == "---  (no uri)"
    assert line_of(Outcome(None, None, place="a.rss, story 2")) == "---  a.rss, story 2"
    assert line_of(Outcome(202, "x:б", "2", duplicate=True)) == "202  x:б  version 2  duplicate"


def test_how_many() -> None:
    assert tally([]) == "no story in it"
    assert tally([Outcome(202, "x:1")] * 3) == "3 accepted"
    assert tally([Outcome(status, "x:1") for status in (202, 422, NOT_SENT, 503)]) == (
        "1 accepted, 2 refused, 1 not taken now"
    )


def test_results_have_the_form_of_a_batchs_answer() -> None:
    assert results([Outcome(202, "x:1", "2"), Outcome(422, None, None, WRONG, place="a.rss, story 2")]) == [
        {"status": 202, "uri": "x:1", "version": "2"},
        {"status": 422, "place": "a.rss, story 2", "problem": WRONG},
    ]


def test_whose_fault_it_is() -> None:
    assert all(Outcome(status, None).at_fault for status in (NOT_SENT, 400, 403, 413, 415, 422, 500))
    # A wrong key, a wrong address, a gateway's answers: no story gets better or worse by them.
    assert not any(Outcome(status, None).at_fault for status in (None, 301, 401, 404, 405, 409, 429, 502, 503, 504))
