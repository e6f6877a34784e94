"""A story -> its enrichment: the stages in their order.

A stage that fails is named in `errors` and leaves its fields out; the story goes on without them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeVar

from newswire.events import Enrichment
from services.enrich.enrichment import language, summary
from services.enrich.enrichment.clean import clean
from services.enrich.enrichment.language import Languages, tell_language
from services.enrich.enrichment.provided import provided_summary, provided_tags
from services.enrich.enrichment.reading import measure
from services.enrich.enrichment.sentences import split_sentences
from services.enrich.enrichment.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newswire.article import Article

VERSION = "1"
SENTENCES_LIMIT = 400
"""Sentences of a story that are looked at."""
HEADLINES_LIMIT = 8
HEADLINE_LIMIT = 1_000
"""Characters of a headline that are looked at."""

_PRODUCED_BY = {"pipeline": VERSION, "summary": summary.MODEL, "language": language.MODEL}
_T = TypeVar("_T")
_U = TypeVar("_U")


@dataclass(slots=True)
class Timings:
    """CPU milliseconds by stage, added up over stories; `clock` gives seconds (`time.process_time`)."""

    clock: Callable[[], float]
    cpu_ms: dict[str, float] = field(default_factory=dict)

    def add(self, stage: str, seconds: float) -> None:
        """Count one run of a stage."""
        self.cpu_ms[stage] = self.cpu_ms.get(stage, 0.0) + seconds * 1000


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages and what they need loaded. Safe to share between threads: it holds no state of a story."""

    languages: Languages

    def enrich(self, article: Article, timings: Timings | None = None) -> Enrichment:
        """What there is to say of a story. Never raises."""
        run = _Run(timings)
        headlines = tuple(headline.value[:HEADLINE_LIMIT] for headline in (article.headlines or ())[:HEADLINES_LIMIT])
        paragraphs = run.stage("clean", lambda: clean(article.bodies or (), headlines), ())
        told = run.stage("language", lambda: self._tell_language(article, headlines, paragraphs), None)
        sentences = run.stage("sentences", lambda: _split(paragraphs, told), ())
        text, source = run.stage("summary", lambda: _summarise(article, headlines, sentences, told), (None, None))
        reading = run.stage("reading", lambda: measure(paragraphs), None)
        tags = run.stage("provided", lambda: provided_tags(article), ())
        return Enrichment(
            summary=text,
            summary_source=source,
            language=told,
            read_time=reading.minutes if reading else None,
            word_count=reading.word_count if reading else None,
            tags=tags,
            produced_by=dict(_PRODUCED_BY),
            errors=tuple(run.errors),
        )

    def _tell_language(self, article: Article, headlines: Sequence[str], paragraphs: Sequence[str]) -> str | None:
        text = "\n".join([*headlines, *islice(paragraphs, language.SAMPLE_CHARACTERS)])
        return tell_language(text, article.language, self.languages)


def load_pipeline() -> Pipeline:
    """Load the models, which takes about a second of CPU; once a process."""
    return Pipeline(Languages.load())


@dataclass(slots=True)
class _Run:
    timings: Timings | None
    errors: list[str] = field(default_factory=list)

    def stage(self, name: str, work: Callable[[], _T], otherwise: _U) -> _T | _U:
        start = self.timings.clock() if self.timings else 0.0
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - whatever a model does, the story must not be lost
            self.errors.append(f"{name}: {type(error).__name__}")
            return otherwise
        finally:
            if self.timings:
                self.timings.add(name, self.timings.clock() - start)


def _split(paragraphs: Sequence[str], told: str | None) -> tuple[tuple[str, ...], ...]:
    left = SENTENCES_LIMIT
    split = []
    for paragraph in paragraphs:
        sentences = split_sentences(paragraph, told)[:left]
        left -= len(sentences)
        split.append(tuple(sentences))
        if not left:
            break
    return tuple(split)


def _summarise(
    article: Article, headlines: Sequence[str], sentences: Sequence[Sequence[str]], told: str | None
) -> tuple[str | None, Literal["extractive", "provider"] | None]:
    own = provided_summary(article)
    if own:
        return own, "provider"
    made = summarise(sentences, headlines, told)
    return made, "extractive" if made else None
