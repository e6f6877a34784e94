"""What the enrichment itself costs, without Kafka around it: the stages alone, on the stories that are pushed."""

from __future__ import annotations

import time
from typing import Final

import orjson

from bench.stories import story
from services.enrich.enrichment.pipeline import Pipeline, load_pipeline
from services.ingest.admission import Stamp, admit
from services.ingest.credentials import Provider
from services.ingest.formats import ninjs

_STORIES: Final = 400
_WARM: Final = 50


class EnrichmentCost:
    """CPU of the stages, in a process that does nothing else meanwhile."""

    def __init__(self) -> None:
        self._pipeline: Pipeline = load_pipeline()
        provider, stamp = Provider("bench", ("",)), Stamp("id", "2026-01-01T00:00:00.000Z")
        bodies = [orjson.dumps(story(f"urn:bench:{number}", number)) for number in range(_STORIES)]
        self._articles = [admit(ninjs.parse(body), provider, stamp).article for body in bodies]
        for article in self._articles[:_WARM]:
            self._pipeline.enrich(article)

    def measure_ms(self) -> float:
        """CPU milliseconds a story."""
        began = time.process_time()
        for article in self._articles:
            self._pipeline.enrich(article)
        return 1000 * (time.process_time() - began) / len(self._articles)
