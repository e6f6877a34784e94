"""The inventory of metrics: every name that any process exposes, and nothing else.

`docs/operations.md` explains them, the alert rules and the dashboard in `deploy/` use them; tests hold all of these
against this file. Times are in seconds. Labels are bounded: providers come from the providers' file, reasons from
`docs/problems/`, error types from the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, cast

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    make_asgi_app,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from newswire.version import version

if TYPE_CHECKING:
    from starlette.types import ASGIApp

Kind = Literal["counter", "gauge", "histogram"]

# One hop takes milliseconds; a queue behind an outage takes minutes.
_PATH_SECONDS: Final = (
    *(0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5),
    *(1.0, 2.0, 5.0, 15.0, 60.0, 300.0),
)
_CALL_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 3.0, 10.0, 30.0)
_STAGE_SECONDS: Final = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.2, 1.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: `name` as it is exposed (a counter's with `_total`), `processes` that have it."""

    name: str
    kind: Kind
    processes: tuple[str, ...]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


INGEST: Final = "ingest"
ENRICH: Final = "enrich"
PROJECTOR: Final = "projector"
FEED: Final = "feed"
PROCESSES: Final = (INGEST, ENRICH, PROJECTOR, FEED)

BUILD: Final = Metric("newswire_build_info", "gauge", PROCESSES, "1, with the version as a label.", ("version",))
REQUESTS: Final = Metric(
    "newswire_requests_total",
    "counter",
    (INGEST, FEED),
    "HTTP requests that were answered; a stream when it ends.",
    ("route", "status"),
)
REQUEST_SECONDS: Final = Metric(
    "newswire_request_seconds",
    "histogram",
    (INGEST, FEED),
    "From a request's head to the end of its answer; streams and long polls are left out.",
    ("route",),
    _CALL_SECONDS,
)
REFUSED: Final = Metric(
    "newswire_refused_total",
    "counter",
    (INGEST, FEED),
    "Requests answered with a problem, by its name in docs/problems.",
    ("reason",),
)
CHECK_UP: Final = Metric(
    "newswire_check_up",
    "gauge",
    PROCESSES,
    "1 when a check of /readyz passes or warns, 0 when it fails; looked at each five seconds.",
    ("check",),
)
CLOCK_SKEW: Final = Metric(
    "newswire_clock_skew_seconds",
    "gauge",
    (INGEST, PROJECTOR),
    "How far another clock is ahead of this process's at the least, as seen last; NaN until then.",
    ("peer",),
)

ACCEPTED: Final = Metric(
    "newswire_stories_accepted_total", "counter", (INGEST,), "Stories and kills answered with 202.", ("provider",)
)
LAST_ACCEPTED: Final = Metric(
    "newswire_provider_last_accepted_timestamp_seconds",
    "gauge",
    (INGEST,),
    "When a provider's last story was accepted, in seconds since 1970.",
    ("provider",),
)
PUSHES_HELD: Final = Metric(
    "newswire_pushes_in_flight", "gauge", (INGEST,), "Requests that are being received or wait for Kafka."
)
PUSH_BYTES_HELD: Final = Metric(
    "newswire_push_bytes_in_flight", "gauge", (INGEST,), "Bytes of bodies that those requests have sent."
)
PRODUCERS_REPLACED: Final = Metric(
    "newswire_producers_replaced_total", "counter", (INGEST,), "Kafka producers that failed and were replaced."
)
PUBLISHED: Final = Metric(
    "newswire_records_published_total",
    "counter",
    (INGEST, ENRICH, PROJECTOR),
    "Records that all in-sync replicas hold.",
    ("topic",),
)
PUBLISH_SECONDS: Final = Metric(
    "newswire_publish_seconds",
    "histogram",
    (INGEST, ENRICH),
    "From handing a record to the producer to its acknowledgement.",
    ("topic",),
    _CALL_SECONDS,
)

ENRICHED: Final = Metric("newswire_stories_enriched_total", "counter", (ENRICH,), "Stories that were enriched.")
STAGE_SECONDS: Final = Metric(
    "newswire_enrich_stage_cpu_seconds",
    "histogram",
    (ENRICH,),
    "CPU of one stage for a story.",
    ("stage",),
    _STAGE_SECONDS,
)
STAGE_ERRORS: Final = Metric(
    "newswire_enrich_stage_errors_total",
    "counter",
    (ENRICH,),
    "Stages that failed; the story went on without what they add.",
    ("stage",),
)
ENRICH_HELD: Final = Metric(
    "newswire_enrich_in_flight", "gauge", (ENRICH,), "Stories whose record Kafka has not acknowledged yet."
)
DEAD_LETTERS: Final = Metric(
    "newswire_dead_letters_total",
    "counter",
    (ENRICH, PROJECTOR),
    "Records that can never be processed, by the topic they came from.",
    ("topic", "error"),
)
LAG: Final = Metric(
    "newswire_lag_records",
    "gauge",
    (ENRICH, PROJECTOR),
    "Records of this process's partitions that it has not worked on yet, as the broker told last.",
    ("topic",),
)

APPLIED: Final = Metric(
    "newswire_records_applied_total",
    "counter",
    (PROJECTOR,),
    "Records applied to the view, by what readers saw of it; none when nothing.",
    ("effect",),
)
APPLY_SECONDS: Final = Metric(
    "newswire_apply_seconds", "histogram", (PROJECTOR,), "One batch's way into Redis.", (), _CALL_SECONDS
)
FRESHNESS: Final = Metric(
    "newswire_freshness_seconds",
    "histogram",
    (PROJECTOR,),
    "From acceptance by ingest to visibility, of stories without an embargo, by the clocks of these two hosts: "
    "what is below 0 is left out, and so are rebuilds.",
    (),
    _PATH_SECONDS,
)
OFFSET: Final = Metric(
    "newswire_projected_offset",
    "gauge",
    (PROJECTOR,),
    "The last record that was applied, -1 for none; NaN before that is known, and for one that waits.",
)
ACTIVE: Final = Metric(
    "newswire_projector_active", "gauge", (PROJECTOR,), "1 for the projector that writes, 0 for one that waits."
)
WHOLE: Final = Metric(
    "newswire_view_whole",
    "gauge",
    (PROJECTOR,),
    "1 when the view may be shown, 0 while it is rebuilt, as seen last; NaN until then.",
)
REBUILDS: Final = Metric(
    "newswire_rebuilds_total", "counter", (PROJECTOR,), "How often the view was found lost or gone back in time."
)
CLOCK_RECORDS: Final = Metric(
    "newswire_clock_records_total",
    "counter",
    (PROJECTOR,),
    "Ends of embargoes and expiries that were written.",
    ("kind",),
)
CLOCK_LATE: Final = Metric(
    "newswire_clock_late_seconds",
    "histogram",
    (PROJECTOR,),
    "From the instant that was asked for to its record's log time.",
    ("kind",),
    _PATH_SECONDS,
)

ANNOUNCED: Final = Metric(
    "newswire_changes_announced_total", "counter", (FEED,), "Changes that this process has announced.", ("kind",)
)
ANNOUNCED_CHANGE: Final = Metric(
    "newswire_announced_change",
    "gauge",
    (FEED,),
    "The last change that was announced, -1 for none; NaN before the log was read.",
)
STREAMS: Final = Metric("newswire_streams_open", "gauge", (FEED,), "Open streams.")
POLLS: Final = Metric("newswire_polls_waiting", "gauge", (FEED,), "Long polls that wait.")
STREAM_BYTES: Final = Metric("newswire_stream_bytes_total", "counter", (FEED,), "Bytes handed to streams.")
RESETS: Final = Metric(
    "newswire_stream_resets_total", "counter", (FEED,), "Streams told that their gap cannot be filled."
)
STALLED: Final = Metric(
    "newswire_streams_cut_total", "counter", (FEED,), "Streams cut because the reader took nothing."
)

INVENTORY: Final = (
    *(BUILD, REQUESTS, REQUEST_SECONDS, REFUSED, CHECK_UP, CLOCK_SKEW),
    *(ACCEPTED, LAST_ACCEPTED, PUSHES_HELD, PUSH_BYTES_HELD, PRODUCERS_REPLACED, PUBLISHED, PUBLISH_SECONDS),
    *(ENRICHED, STAGE_SECONDS, STAGE_ERRORS, ENRICH_HELD, DEAD_LETTERS, LAG),
    *(APPLIED, APPLY_SECONDS, FRESHNESS, OFFSET, ACTIVE, WHOLE, REBUILDS, CLOCK_RECORDS, CLOCK_LATE),
    *(ANNOUNCED, ANNOUNCED_CHANGE, STREAMS, POLLS, STREAM_BYTES, RESETS, STALLED),
)


class Meter:
    """One process's metrics, all of them there from its start; handed to whoever counts."""

    def __init__(self, process: str) -> None:
        # A gauge beside each counter that nobody asked for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._made = {metric.name: _make(metric, self.registry) for metric in INVENTORY if process in metric.processes}
        self.gauge(BUILD).labels(version()).set(1)

    def counter(self, metric: Metric) -> Counter:
        """A counter of this process. Raises KeyError for a metric that it does not have, as the others do."""
        return cast("Counter", self._made[metric.name])

    def gauge(self, metric: Metric) -> Gauge:
        """A gauge of this process."""
        return cast("Gauge", self._made[metric.name])

    def histogram(self, metric: Metric) -> Histogram:
        """A histogram of this process."""
        return cast("Histogram", self._made[metric.name])

    def app(self) -> ASGIApp:
        """GET /metrics, in Prometheus's formats."""
        return cast("ASGIApp", make_asgi_app(self.registry))


def _make(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    if metric.kind == "counter":
        return Counter(metric.name, metric.help, metric.labels, registry=registry)
    if metric.kind == "gauge":
        return Gauge(metric.name, metric.help, metric.labels, registry=registry)
    return Histogram(metric.name, metric.help, metric.labels, registry=registry, buckets=metric.buckets)
