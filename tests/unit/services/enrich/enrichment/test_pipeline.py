from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newswire.article import Article, Body, Person, Subject, Text
from services.enrich.enrichment.language import Languages
from services.enrich.enrichment.pipeline import Pipeline, Timings
from tests.unit.services.enrich.enrichment.naughty import naughty_text

if TYPE_CHECKING:
    from newswire.events import Enrichment

LEAD = "The harbour of Porto reopened on Monday after a storm that had shut it for nine days."
STORY = f"<p>PORTO (HNW) — {LEAD}</p><p>She thanked the crews.</p><p>Read more</p>"


class _BrokenIdentifier:
    def classify(self, text: str) -> tuple[str, float]:
        raise RuntimeError(text)

    def rank(self, text: str) -> list[tuple[str, float]]:
        raise RuntimeError(text)


def _story(body: str = STORY) -> Article:
    return Article(uri="urn:x", headlines=(Text(value="Harbour of Porto reopens"),), bodies=(Body(value=body),))


def test_a_story_is_enriched(pipeline: Pipeline) -> None:
    enrichment = pipeline.enrich(_story())
    assert enrichment.summary == LEAD
    assert enrichment.summary_source == "extractive"
    assert enrichment.language == "en"
    assert (enrichment.word_count, enrichment.read_time) == (21, 1)
    assert enrichment.produced_by == {"pipeline": "1", "summary": "extractive/1", "language": "py3langid/0.4.0"}
    assert enrichment.errors == ()


def test_the_same_story_gives_the_same(pipeline: Pipeline) -> None:
    assert pipeline.enrich(_story()) == pipeline.enrich(_story())


def test_the_abstract_of_the_provider_wins(pipeline: Pipeline) -> None:
    article = _story().model_copy(update={"descriptions": (Text(value="Porto's harbour is open again."),)})
    enrichment = pipeline.enrich(article)
    assert enrichment.summary == "Porto's harbour is open again."
    assert enrichment.summary_source == "provider"


def test_a_flash_has_a_language_at_most(pipeline: Pipeline) -> None:
    enrichment = pipeline.enrich(
        Article(uri="urn:x", headlines=(Text(value="Harbour of Porto open again, mayor says"),))
    )
    assert enrichment.language == "en"
    assert (
        enrichment.model_dump(exclude_none=True)
        .keys()
        .isdisjoint({"summary", "summary_source", "word_count", "read_time", "summarySource", "wordCount", "readTime"})
    )


def test_a_stage_that_fails_is_named_and_loses_nothing_else() -> None:
    enrichment = Pipeline(Languages(_BrokenIdentifier())).enrich(_story())
    assert enrichment.errors == ("language: RuntimeError",)
    assert enrichment.language is None
    assert enrichment.summary == LEAD


def test_timings_by_stage(pipeline: Pipeline) -> None:
    ticks = itertools.count()
    timings = Timings(clock=lambda: float(next(ticks)))
    pipeline.enrich(_story(), timings)
    assert timings.cpu_ms == dict.fromkeys(["clean", "language", "sentences", "summary", "reading", "provided"], 1000.0)


_articles = st.builds(
    Article,
    uri=st.just("urn:x"),
    language=st.none() | st.sampled_from(("en", "xx", "")) | st.text(max_size=12),
    headlines=st.none() | st.lists(st.builds(Text, value=naughty_text), max_size=2).map(tuple),
    descriptions=st.none() | st.lists(st.builds(Text, value=naughty_text), max_size=2).map(tuple),
    bodies=st.none()
    | st.lists(
        st.builds(Body, value=naughty_text, content_type=st.sampled_from((None, "text/html", "text/plain"))), max_size=4
    ).map(tuple),
    people=st.none() | st.lists(st.builds(Person, name=st.none() | naughty_text), max_size=2).map(tuple),
    subjects=st.none()
    | st.lists(st.builds(Subject, name=naughty_text, uri=st.none() | naughty_text), max_size=3).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(article=_articles)
def test_no_article_breaks_it(pipeline: Pipeline, article: Article) -> None:
    enrichment = pipeline.enrich(article)
    assert enrichment.errors == ()
    assert len(enrichment.summary or "") <= 280
    assert (enrichment.summary is None) == (enrichment.summary_source is None)


@pytest.mark.parametrize("content_type", [None, "text/html"])
@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "a",
        "A. ",
        ". ",
        "\n",
        '"',
        "e\u0315\u0300",
        "A - ",
        "A, ",
        "(a",
        "我们。",
        "Read more: a\n",
        "x said y. ",
        "<p a='",
    ],
)
def test_a_megabyte_of_garbage_is_bounded(pipeline: Pipeline, unit: str, content_type: str | None) -> None:
    garbage = unit * (1_000_000 // len(unit))
    article = Article(
        uri="urn:x",
        headlines=(Text(value=garbage),),
        descriptions=(Text(value=garbage),),
        bodies=(Body(value=garbage, content_type=content_type),) * 3,
    )
    assert _cpu_seconds(pipeline, article) < 3


def _cpu_seconds(pipeline: Pipeline, article: Article) -> float:
    start = time.process_time()
    enrichment: Enrichment = pipeline.enrich(article)
    assert enrichment.errors == ()
    return time.process_time() - start
