from __future__ import annotations

import pytest

from services.enrich.enrichment.language import Languages
from services.enrich.enrichment.pipeline import Pipeline


@pytest.fixture(scope="session")
def languages() -> Languages:
    return Languages.load()


@pytest.fixture(scope="session")
def pipeline(languages: Languages) -> Pipeline:
    return Pipeline(languages)
