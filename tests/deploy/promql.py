"""What a PromQL expression asks for: its metrics and labels, held against the inventory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import promql_parser as promql

from newswire.telemetry.metrics import INVENTORY, PROCESSES, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator

# Prometheus's own, and prometheus_client's of every process.
_OTHERS: Final = (
    Metric("up", "gauge", PROCESSES, ""),
    Metric("ALERTS", "gauge", PROCESSES, "", ("alertname", "alertstate")),
    Metric("process_cpu_seconds_total", "counter", PROCESSES, ""),
    Metric("process_open_fds", "gauge", PROCESSES, ""),
    Metric("process_resident_memory_bytes", "gauge", PROCESSES, ""),
    Metric("process_start_time_seconds", "gauge", PROCESSES, ""),
)
_KNOWN: Final = {metric.name: metric for metric in (*INVENTORY, *_OTHERS)}
_OF_A_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")
# What Prometheus adds to each series.
_TARGET: Final = {"job", "instance"}
_OF_COUNTERS: Final = {"rate", "increase"}
_ANY_JOB: Final = ".+"


def metrics_in(text: str) -> set[str]:
    """The names of the series that an expression asks for. Raises ValueError for what is no PromQL."""
    return {str(selector.name) for selector in _selectors(promql.parse(text))}


def faults(text: str) -> list[str]:
    """What the inventory does not have of what an expression asks for. Raises ValueError for what is no PromQL."""
    expr = promql.parse(text)
    found = [fault for selector in _selectors(expr) for fault in _faults_of_selector(selector)]

    def visit(node: promql.Expr) -> bool:
        found.extend(_faults_of_node(node))
        return True

    promql.walk(expr, visit)
    return found


def result_labels(text: str) -> set[str]:
    """The labels that what comes out of an expression can have."""
    return _labels(promql.parse(text))


def _selectors(expr: promql.Expr) -> list[promql.VectorSelector]:
    found: list[promql.VectorSelector] = []

    def visit(node: promql.Expr) -> bool:
        if isinstance(node, promql.VectorSelector):
            found.append(node)
        return True

    promql.walk(expr, visit)
    return found


def _metric(selector: promql.VectorSelector) -> Metric | None:
    """Whose series these are; a histogram's go by other names than its own."""
    name = selector.name or ""
    metric, histogram = _KNOWN.get(name), _KNOWN.get(_OF_A_HISTOGRAM.sub("", name))
    if metric and metric.kind != "histogram":
        return metric
    return histogram if histogram and histogram.kind == "histogram" and histogram is not metric else None


def _labels_of(selector: promql.VectorSelector) -> set[str]:
    metric = _metric(selector)
    bucket = {"le"} if (selector.name or "").endswith("_bucket") else set()
    return {*(metric.labels if metric else ()), *_TARGET, *bucket}


def _faults_of_selector(selector: promql.VectorSelector) -> Iterator[str]:
    metric = _metric(selector)
    if metric is None:
        yield f"{selector.name} is not in the inventory"
        return
    for matcher in selector.matchers.matchers:
        if matcher.name not in _labels_of(selector):
            yield f"{selector.name} has no label {matcher.name}"
        if matcher.name == "job" and not set(matcher.value.split("|")) <= {*metric.processes, _ANY_JOB}:
            yield f"{matcher.value} has no {selector.name}"


def _faults_of_node(node: promql.Expr) -> Iterator[str]:
    if isinstance(node, promql.AggregateExpr) and node.modifier:
        for label in sorted(set(node.modifier.labels) - _labels(node.expr)):
            yield f"no label {label} to group by in {node.prettify()}"
    elif isinstance(node, promql.BinaryExpr) and node.modifier and node.modifier.matching:
        for label in sorted(set(node.modifier.matching.labels) - (_labels(node.lhs) & _labels(node.rhs))):
            yield f"no label {label} on both sides of {node.prettify()}"
    elif isinstance(node, promql.Call) and node.func.name in _OF_COUNTERS:
        for selector in _selectors(node):
            metric = _metric(selector)
            if metric and metric.kind == "gauge":
                yield f"{node.func.name} of {selector.name}, which goes up and down"


def _labels(expr: promql.Expr) -> set[str]:
    found: set[str] = set()
    match expr:
        case promql.VectorSelector():
            found = _labels_of(expr)
        case promql.MatrixSelector():
            found = _labels_of(expr.vector_selector)
        case promql.AggregateExpr():
            found = set(expr.modifier.labels) if expr.modifier else set()
        case promql.BinaryExpr():
            found = _labels(expr.lhs) or _labels(expr.rhs)
        case promql.Call():
            quantile = {"le"} if expr.func.name == "histogram_quantile" else set()
            found = set().union(*map(_labels, expr.args)) - quantile
        case promql.ParenExpr() | promql.SubqueryExpr() | promql.UnaryExpr():
            found = _labels(expr.expr)
    return found
