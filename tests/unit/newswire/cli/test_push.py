from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from click.testing import CliRunner

from newswire.article import Article
from newswire.cli import push as module
from newswire.cli.main import cli
from newswire.cli.push import exit_code, line_of
from newswire.cli.pushing import MAX_ATTEMPTS, Outcome, Target, push_all, wait_before
from newswire.cli.stories import Story, split
from newswire.errors import FailedError
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Handler = Callable[[httpx.Request], httpx.Response]


def accept(request: httpx.Request) -> httpx.Response:
    story = json.loads(request.content)
    return httpx.Response(202, json={"id": "1", "uri": story["uri"], "version": story.get("version")})


def story(uri: str, **fields: Any) -> Story:
    return Story(json.dumps({"uri": uri, **fields}).encode(), uri)


async def pushed(handler: Handler, stories: Sequence[Story]) -> list[Outcome]:
    found: dict[int, Outcome] = {}
    target = Target("http://ingest.example", "k.s", 0.001, httpx.MockTransport(handler))
    await push_all(target, stories, found.__setitem__)
    return [found[index] for index in range(len(stories))]


async def test_each_outcome_is_told() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer k.s"
        assert request.headers["content-type"] == "application/json"
        if b"bad" in request.content:
            errors = [{"pointer": "/urgency", "detail": "too high"}, {"pointer": "", "detail": "2 violations"}]
            return httpx.Response(422, json={"detail": "2 violations", "errors": errors})
        return accept(request)

    assert await pushed(handler, [story("x:1", version="7"), story("x:bad"), story("x:2")]) == [
        Outcome(202, "x:1", "7"),
        Outcome(422, "x:bad", None, "2 violations", ("/urgency: too high",)),
        Outcome(202, "x:2", None),
    ]


async def test_versions_of_a_story_stay_in_order() -> None:
    seen: list[tuple[str, int]] = []
    under_way = 0
    most = 0

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        body = json.loads(request.content)
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001 * (5 - body["n"]))
        under_way -= 1
        seen.append((body["uri"], body["n"]))
        return httpx.Response(202, json={})

    target = Target("http://x", "k.s", 0.001, httpx.MockTransport(handler))
    await push_all(target, [story(f"x:{at % 3}", n=at // 3) for at in range(15)], lambda _, __: None)
    assert all([n for uri, n in seen if uri == f"x:{line}"] == list(range(5)) for line in range(3))
    assert most == 3


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_later_is_tried_again(status: int) -> None:
    answers = iter([status, status, 202])

    def handler(request: httpx.Request) -> httpx.Response:
        answer = next(answers)
        return accept(request) if answer == 202 else httpx.Response(answer, headers={"Retry-After": "0"})

    [outcome] = await pushed(handler, [story("x:1")])
    assert outcome.accepted


async def test_but_not_for_ever() -> None:
    calls = 0

    def handler(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return httpx.Response(503, json={"detail": "no Kafka"})

    assert await pushed(handler, [story("x:1")]) == [Outcome(503, "x:1", None, "no Kafka")]
    assert calls == MAX_ATTEMPTS


async def test_the_rest_is_not_tried_when_ingest_is_away() -> None:
    calls = 0

    def handler(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        msg = "refused"
        raise httpx.ConnectError(msg)

    outcomes = await pushed(handler, [story("x:1")] * 500)
    assert {outcome.status for outcome in outcomes} == {None}
    assert calls == MAX_ATTEMPTS
    assert "refused" in outcomes[-1].detail


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"<html>", b'{"detail": 1, "errors": [1]}'])
async def test_answers_that_are_none_of_ours(body: bytes) -> None:
    [outcome] = await pushed(lambda _: httpx.Response(418, content=body), [story("x:1")])
    assert outcome.status == 418
    assert outcome.detail


def test_waits_double_up_to_a_bound_and_heed_what_was_asked() -> None:
    assert 0.5 <= wait_before(1, 1, None) <= 1
    assert 2 <= wait_before(3, 1, "x") <= 4
    assert wait_before(1, 0.1, "7") == 7
    assert wait_before(30, 1, None) == wait_before(1, 1, "99999") == 15


def test_what_the_process_says() -> None:
    good, bad, away, later = (Outcome(status, "x:1") for status in (202, 422, None, 503))
    assert exit_code([]) == exit_code([good, good]) == 0
    assert exit_code([good, bad]) == 1
    assert exit_code([good, bad, away]) == exit_code([later]) == 3


def test_a_line_cannot_steer_the_terminal() -> None:
    line = line_of(Outcome(422, "x:\x1b[2J\n", None, "wrong", ("/a\u202e: b",)))
    assert line == "422  x:\\x1b[2J\\n  wrong  /a\\u202e: b"
    assert line_of(Outcome(None, None)) == "---  (no uri)"
    assert line_of(Outcome(202, "x:б", "2")) == "202  x:б  version 2"


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    for name in ("NEWSWIRE_INGEST_URL", "NEWSWIRE_KEY"):
        monkeypatch.delenv(name, raising=False)
    return CliRunner()


@pytest.fixture
def targets(monkeypatch: pytest.MonkeyPatch) -> list[Target]:
    """Where the command pushed to; everything is accepted."""
    seen: list[Target] = []

    async def instead(target: Target, stories: Sequence[Story], done: Callable[[int, Outcome], None]) -> None:
        seen.append(target)
        for index in reversed(range(len(stories))):
            done(index, Outcome(202, stories[index].uri))

    monkeypatch.setattr(module, "push_all", instead)
    return seen


def test_the_command(runner: CliRunner, targets: list[Target]) -> None:
    result = runner.invoke(cli, ["push", "--url", "http://x", "--key", "k.s"], input='{"uri":"x:1"}\n{"uri":"x:2"}')
    assert (result.exit_code, result.output) == (0, "202  x:1\n202  x:2\n")
    assert targets == [Target("http://x", "k.s")]


def test_where_to_push(
    runner: CliRunner, targets: list[Target], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSWIRE_INGEST_URL", "http://environment")
    monkeypatch.setenv("NEWSWIRE_KEY", "e.e")
    assert runner.invoke(cli, ["push"], input="{}").exit_code == 0
    standard = tmp_path / ".newswire/data/ready.json"
    standard.parent.mkdir(parents=True)
    standard.write_text('{"ingest": "http://standard", "key": "s.s", "pids": {}}')
    assert runner.invoke(cli, ["push", "-"], input="{}").exit_code == 0
    (tmp_path / "named.json").write_text('{"ingest": "http://named", "key": "n.n"}')
    assert runner.invoke(cli, ["push", "--ready-file", "named.json"], input="{}").exit_code == 0
    assert runner.invoke(cli, ["push", "--ready-file", "named.json", "--key", "o.o"], input="{}").exit_code == 0
    assert [(target.url, target.key) for target in targets] == [
        ("http://environment", "e.e"),
        ("http://standard", "s.s"),
        ("http://named", "n.n"),
        ("http://named", "o.o"),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--url", "http://x"],
        ["--url", "x", "--key", "k.s"],
        ["--url", "http://", "--key", "k.s"],
        ["--url", "http://x:y", "--key", "k.s"],
        ["--url", "http://x", "--key", "k.\n"],
        ["--ready-file", "missing.json"],
        ["--ready-file", "."],
        ["missing.json", "--url", "http://x", "--key", "k.s"],
    ],
)
def test_wrong_usage(runner: CliRunner, targets: list[Target], arguments: list[str]) -> None:
    result = runner.invoke(cli, ["push", *arguments], input="{}")
    assert result.exit_code == 2
    assert "Error" in result.output
    assert not targets


SAMPLES = [story for path in sorted(module._SAMPLES.glob("*.json")) for story in split(path.read_bytes())]


def test_the_samples_are_ninjs_with_versions_in_order() -> None:
    assert len(SAMPLES) >= 6
    seen: dict[str, list[str | None]] = {}
    for sample in SAMPLES:
        article = Article.model_validate_json(sample.text, extra="forbid", by_name=False, by_alias=True)
        assert article.standard
        assert article.standard.version == "3.1"
        seen.setdefault(article.uri, []).append(article.version)
    assert ["1", "2"] in seen.values()


def test_samples_are_pushed_whole(targets: list[Target]) -> None:
    module.push_samples("http://x", "k.s")
    assert targets == [Target("http://x", "k.s")]


def test_samples_that_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_: Target, __: object, done: Callable[[int, Outcome], None]) -> None:
        done(0, Outcome(503, "x:1", None, "no Kafka"))

    monkeypatch.setattr(module, "push_all", away)
    with pytest.raises(FailedError, match="no Kafka"):
        module.push_samples(f"http://127.0.0.1:{free_port()}", "k.s")
