"""docs/operations.md names every setting and every metric, as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newswire.telemetry.metrics import INVENTORY, PROCESSES
from services.enrich.settings import EnrichSettings
from services.feed.settings import FeedSettings, ProjectorSettings
from services.ingest.settings import IngestSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newswire.telemetry.settings import TelemetrySettings

TEXT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
SETTINGS: dict[str, type[TelemetrySettings]] = {
    "ingest": IngestSettings,
    "enrich": EnrichSettings,
    "projector": ProjectorSettings,
    "feed": FeedSettings,
}


def rows(first: str) -> dict[str, list[str]]:
    """The cells of each row whose first cell is code that begins so, by that code."""
    found = re.findall(rf"^\| `({first}\w+)` \|(.*)\|$", TEXT, re.MULTILINE)
    # The first table that has it: Compose's names some of them again.
    return {name: [cell.strip() for cell in cells.split(" | ")] for name, cells in reversed(found)}


def processes(names: Sequence[str]) -> str:
    return "all" if len(names) == len(PROCESSES) else ", ".join(names)


def test_every_setting_with_its_default_and_whose_it_is() -> None:
    owners: dict[str, list[str]] = {}
    defaults: dict[str, str] = {}
    for process, settings in SETTINGS.items():
        for name, field in settings.model_fields.items():
            if field.validation_alias is None:
                variable = f"NEWSWIRE_{name.upper()}"
                owners.setdefault(variable, []).append(process)
                defaults[variable] = f"`{field.default}`" if str(field.default) else "none"
    told = {name: cells[:2] for name, cells in rows("NEWSWIRE_").items() if len(cells) == 3 and name in owners}
    assert told == {name: [defaults[name], processes(names)] for name, names in owners.items()}


def test_every_metric_with_its_kind_its_processes_and_its_labels() -> None:
    assert rows("newswire_") == {
        metric.name: [metric.kind, processes(metric.processes), ", ".join(metric.labels) or "–", metric.help]
        for metric in INVENTORY
    }


@pytest.mark.parametrize("heading", ["Run", "Watch", "Back up and restore", "Upgrade", "Size", "Compose", "Alerts"])
def test_what_an_operator_looks_for(heading: str) -> None:
    assert f"\n## {heading}\n" in TEXT
