from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner

from newswire.admin import Done
from newswire.cli.topics import topics
from newswire.errors import TopicMismatchError
from newswire.topics import ENRICHED, RAW, Difference

if TYPE_CHECKING:
    import pytest


def invoke(
    monkeypatch: pytest.MonkeyPatch, outcome: Done | Exception, *arguments: str
) -> tuple[int, str, list[object]]:
    asked: list[object] = []

    async def ensure_topics(bootstrap: str, *, timeout_seconds: float, replication: int) -> Done:
        asked.extend([bootstrap, timeout_seconds, replication])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr("newswire.cli.topics.ensure_topics", ensure_topics)
    result = CliRunner().invoke(topics, arguments)
    return result.exit_code, result.output, asked


def test_a_line_a_topic_with_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    done = Done((RAW,), (Difference(ENRICHED, "retention.ms", "60000", "-1"),))
    code, output, _ = invoke(monkeypatch, done)
    assert code == 0
    assert output.splitlines() == [
        "articles.raw         12 partitions  created",
        "articles.enriched     1 partitions  retention.ms was 60000 and is -1 now",
        "articles.dlq          1 partitions  as it must be",
    ]


def test_the_environment_stands_in_for_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSWIRE_KAFKA", "kafka-1:9092,kafka-2:9092")
    monkeypatch.setenv("NEWSWIRE_REPLICATION", "3")
    assert invoke(monkeypatch, Done(), "--timeout", "5")[2] == ["kafka-1:9092,kafka-2:9092", 5.0, 3]
    assert invoke(monkeypatch, Done(), "--kafka", "a:1", "--replication", "1")[2] == ["a:1", 60.0, 1]


def test_a_topic_that_cannot_be_altered_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, _ = invoke(monkeypatch, TopicMismatchError("topic a has 3 partitions"))
    assert (code, output) == (1, "Error: topic a has 3 partitions\n")
