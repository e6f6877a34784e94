import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from newswire.telemetry.metrics import PROCESSES
from tests.deploy.composefile import ROOT, SETTINGS, services
from tests.deploy.promql import faults, metrics_in, result_labels

_FOLDER = ROOT / "deploy/prometheus"
_CONFIG = yaml.safe_load((_FOLDER / "prometheus.yml").read_text())
_RULES: list[dict[str, Any]] = yaml.safe_load((_FOLDER / "rules.yml").read_text())["groups"][0]["rules"]
_TESTS = yaml.safe_load((_FOLDER / "rules_test.yml").read_text())["tests"]
_RUNBOOK = ROOT / "docs/operations.md"

needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not on PATH")
each_rule = pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule["alert"])


def test_every_process_is_asked_where_it_listens() -> None:
    asked = {
        job["job_name"]: (sd["names"], sd["port"])
        for job in _CONFIG["scrape_configs"]
        for sd in job.get("dns_sd_configs", ())
    }
    assert set(asked) == set(PROCESSES) < set(services({}))
    for name, found in asked.items():
        assert found == ([name], SETTINGS[name].model_fields[f"{name}_metrics_port"].default)


def test_it_reads_the_rules() -> None:
    assert _CONFIG["rule_files"] == ["rules.yml"]
    # Who is woken by two dozen is woken by none.
    assert 1 <= len(_RULES) <= 15


@each_rule
def test_a_rule_asks_for_what_there_is(rule: dict[str, Any]) -> None:
    assert faults(rule["expr"]) == []


@each_rule
def test_a_rule_says_what_it_is_about(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"Newswire([A-Z][a-z]+)+", rule["alert"])
    assert rule["labels"]["severity"] in {"critical", "warning"}
    notes = rule["annotations"]
    assert set(notes) == {"summary", "description", "runbook"}
    assert notes["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
    named = set(re.findall(r"\$labels\.(\w+)", " ".join(notes.values())))
    assert named <= result_labels(rule["expr"])


@each_rule
def test_a_rule_has_its_section(rule: dict[str, Any]) -> None:
    assert f"### {rule['alert']}\n" in _RUNBOOK.read_text()


@each_rule
def test_a_rule_is_shown_firing_and_silent(rule: dict[str, Any]) -> None:
    asked = [case for test in _TESTS for case in test["promql_expr_test"]]
    about = [case for case in asked if f'alertname="{rule["alert"]}"' in case["expr"]]
    assert any(case["exp_samples"] for case in about), "never firing"
    # The first test is of a system that is well, with every alert silent.
    silent = [case for case in about if not case["exp_samples"]]
    assert silent or metrics_in(rule["expr"]) <= _series(_TESTS[0]), "never silent"


def test_a_system_that_is_well_has_no_alert() -> None:
    assert _TESTS[0]["promql_expr_test"] == [{"expr": "ALERTS", "eval_time": "90m", "exp_samples": []}]


@needs_promtool
@pytest.mark.parametrize(
    "arguments",
    [("check", "config", "prometheus.yml"), ("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")],
    ids=" ".join,
)
def test_promtool(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        ["promtool", *arguments], cwd=_FOLDER, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _series(test: dict[str, Any]) -> set[str]:
    return {series["series"].split("{")[0] for series in test["input_series"]}
