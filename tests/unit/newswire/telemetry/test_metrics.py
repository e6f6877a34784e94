import re

import httpx
import pytest

from newswire.telemetry import metrics
from newswire.telemetry.metrics import INVENTORY, PROCESSES, Meter

_METRICS = [value for value in vars(metrics).values() if isinstance(value, metrics.Metric)]


def test_the_inventory_holds_every_metric_once() -> None:
    assert sorted(metric.name for metric in _METRICS) == sorted({metric.name for metric in INVENTORY})
    assert len(INVENTORY) == len(_METRICS)


@pytest.mark.parametrize("metric", INVENTORY, ids=lambda metric: metric.name)
def test_names_follow_prometheus(metric: metrics.Metric) -> None:
    assert re.fullmatch(r"newswire_[a-z]+(_[a-z]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(set(metric.buckets))
    assert set(metric.processes) <= set(PROCESSES)
    assert metric.help.endswith(".")


@pytest.mark.parametrize("process", PROCESSES)
async def test_a_process_exposes_its_metrics_from_the_start(process: str) -> None:
    transport = httpx.ASGITransport(Meter(process).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://metrics") as client:
        text = (await client.get("/metrics")).text
    helped = set(re.findall(r"^# HELP (\w+) ", text, re.MULTILINE))
    assert {metric.name for metric in INVENTORY if process in metric.processes} <= helped
    assert {name for name in helped if name.startswith("newswire_")} <= {metric.name for metric in INVENTORY}
    assert 'newswire_build_info{version="' in text


def test_a_process_has_no_other_metric() -> None:
    with pytest.raises(KeyError):
        Meter("ingest").gauge(metrics.STREAMS)
