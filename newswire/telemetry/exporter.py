"""Spans -> OTLP over HTTP, and one line when they are not taken any more: the SDK says it at each try, for ever.

To be imported where spans are exported only: half a second and 15 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from newswire.version import version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan

log = structlog.get_logger()


def make_provider(process: str) -> TracerProvider:
    """A provider that exports as `OTEL_*` in the environment says; not the global one."""
    about = {"service.namespace": "newswire", "service.name": f"newswire-{process}", "service.version": version()}
    # `create` takes what it is given before OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES: here these come first.
    resource = Resource.create({**about, **OTELResourceDetector().detect().attributes})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(ToldExporter(OTLPSpanExporter())))
    return provider


class ToldExporter(SpanExporter):
    """Another exporter, whose failure and recovery are each told once."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._taken = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Pass spans on. Raises what the other one raises."""
        result = SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        finally:
            self._tell(taken=result is SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        """Shut the other one down."""
        self._exporter.shutdown()

    def _tell(self, *, taken: bool) -> None:
        if taken and not self._taken:
            log.info("traces_taken_again")
        elif self._taken and not taken:
            log.warning("traces_not_taken")
        self._taken = taken
