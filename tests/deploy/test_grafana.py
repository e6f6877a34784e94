import json
import re
from itertools import pairwise
from typing import Any

import pytest
import yaml

from newswire.telemetry.metrics import INVENTORY
from tests.deploy.composefile import ROOT, services
from tests.deploy.promql import faults, metrics_in, result_labels

_FOLDER = ROOT / "deploy/grafana"
_DASHBOARD: dict[str, Any] = json.loads((_FOLDER / "dashboards/newswire.json").read_text())
_PANELS: list[dict[str, Any]] = _DASHBOARD["panels"]
_ASKED = [(panel["title"], target) for panel in _PANELS for target in panel.get("targets", ())]
_WIDTH = 24
_UNITS = {"none", "s", "bytes", "Bps", "reqps", "percentunit", "suffix: /s"}

each_target = pytest.mark.parametrize(
    ("title", "target"), [pytest.param(*each, id=f"{each[0]} {each[1]['refId']}") for each in _ASKED]
)


@each_target
def test_a_panel_asks_for_what_there_is(title: str, target: dict[str, Any]) -> None:
    assert faults(_filled(target["expr"])) == [], title


@each_target
def test_a_legend_names_what_comes_out(title: str, target: dict[str, Any]) -> None:
    named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    assert named <= result_labels(_filled(target["expr"])), title


def test_variables_and_annotations_ask_for_what_there_is() -> None:
    variables = _DASHBOARD["templating"]["list"]
    assert [each["name"] for each in variables] == ["datasource", "job", "instance"]
    for each in variables[1:]:
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", each["query"]["query"])
        assert found
        assert faults(_filled(found[1])) == []
        assert found[2] in result_labels(_filled(found[1]))
    for annotation in _DASHBOARD["annotations"]["list"]:
        assert faults(_filled(annotation["expr"])) == []


def test_every_metric_is_shown() -> None:
    shown = {
        re.sub(r"_(bucket|sum|count)$", "", name)
        for _, target in _ASKED
        for name in metrics_in(_filled(target["expr"]))
    }
    assert {metric.name for metric in INVENTORY} <= shown


def test_panels_are_told_apart() -> None:
    ids = [panel["id"] for panel in _PANELS]
    assert len(set(ids)) == len(ids)
    # The same words in two rows are of two services.
    titles = [(row, panel["title"]) for row, panel in _in_rows()]
    assert len(set(titles)) == len(titles)


def test_panels_do_not_overlap() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in _PANELS:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= _WIDTH
        for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            assert cell not in taken, f"{panel['title']} is over {taken[cell]}"
            taken[cell] = panel["title"]
    rows = [panel["gridPos"]["y"] for panel in _PANELS if panel["type"] == "row"]
    assert all(above < below for above, below in pairwise(rows))


def test_units_are_grafanas() -> None:
    for panel in _PANELS:
        if panel["type"] in {"timeseries", "stat"}:
            assert panel["fieldConfig"]["defaults"]["unit"] in _UNITS, panel["title"]


def test_every_question_goes_to_the_chosen_prometheus() -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert all(target["datasource"] == chosen for _, target in _ASKED)
    assert all(panel["datasource"] == chosen for panel in _PANELS if panel["type"] != "row")


def test_it_is_provisioned_where_it_is_mounted() -> None:
    (provider,) = yaml.safe_load((_FOLDER / "provisioning/dashboards/newswire.yml").read_text())["providers"]
    (source,) = yaml.safe_load((_FOLDER / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    grafana = services({})["grafana"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
    assert "./deploy/grafana/provisioning:/etc/grafana/provisioning:ro" in grafana["volumes"]
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/newswire.json"
    assert source["url"] == "http://prometheus:9090"
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    assert source["jsonData"]["timeInterval"] == config["global"]["scrape_interval"]


def _filled(expr: str) -> str:
    """With Grafana's variables put in, as when all processes are chosen."""
    return expr.replace("$__rate_interval", "1m").replace("$job", ".+").replace("$instance", ".+")


def _in_rows() -> list[tuple[str, dict[str, Any]]]:
    row, found = "", []
    for panel in _PANELS:
        row = panel["title"] if panel["type"] == "row" else row
        found.append((row, panel))
    return found
