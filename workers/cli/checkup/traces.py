"""Whether traces are sent, and taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from producers.runtime.tracing.opening import TracingSettings, is_wanted
from workers.cli.checkup.finding import Finding

#: Seconds that the collector may take.
TIMEOUT_S: Final = 2.0


def of_traces(settings: TracingSettings) -> Iterator[Finding]:
    """Nothing, where nobody traces."""
    if not is_wanted(settings):
        return
    try:
        from producers.runtime.tracing.exporting import reaches
    except ModuleNotFoundError:
        message = "OTEL_TRACES_EXPORTER asks for traces, and OpenTelemetry is not installed"
        yield Finding("traces", "wrong", message, "pip install 'cardinity-batch[otel]'")
        return
    try:
        taken = reaches(TIMEOUT_S)
    except ValueError:
        yield Finding("traces", "wrong", "OpenTelemetry refuses what its OTEL_* variables say", "mend or unset them")
        return
    if taken:
        yield Finding("traces", "ok", "the collector takes spans")
    else:
        mend = "see OTEL_EXPORTER_OTLP_ENDPOINT; payments go on without it"
        yield Finding("traces", "unreachable", "the collector does not take spans", mend)
