"""Whether this process traces. Where it does not, nothing of OpenTelemetry is imported, and nothing is wrapped."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

import redis
import redis.asyncio
import structlog

from producers.runtime.ledger.executors import AsyncLedger, SyncLedger
from producers.runtime.tracing.ledgers import TracedAsyncLedger, TracedSyncLedger
from producers.runtime.tracing.tracer import Tracer

log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger(__name__)

#: What processes are called in traces, unless OTEL_SERVICE_NAME says otherwise.
PRODUCER: Final = "cardinity-producer"
HTTP: Final = "cardinity-http"
WORKER: Final = "cardinity-worker"
WEBHOOKS: Final = "cardinity-webhooks"
OPERATOR: Final = "cardinity-operator"
#: The value of OTEL_TRACES_EXPORTER by which a process traces.
OTLP: Final = "otlp"
#: Seconds that the end of a process waits for spans that wait.
CLOSE_S: Final = 1.0


class TracingSettings(Protocol):
    """The part of the settings that tracing needs."""

    @property
    def otel_traces_exporter(self) -> str: ...
    @property
    def otel_sdk_disabled(self) -> str: ...
    @property
    def otel_bsp_max_queue_size(self) -> int: ...


def _nobody(result: str, count: int) -> None:
    """A process without metrics."""


def is_wanted(settings: TracingSettings) -> bool:
    """Whether the settings ask for traces."""
    exporters = settings.otel_traces_exporter.lower().split(",")
    return OTLP in exporters and settings.otel_sdk_disabled.lower() != "true"


def tracer_of(
    settings: TracingSettings,
    service: str,
    epoch: str,
    *,
    by: str = "",
    tell: Callable[[str, int], None] | None = None,
) -> Tracer | None:
    """What listens in this process, to be closed in the end; None where nobody traces. Makes a thread: call it after
    the last fork.

    `service` is its name for OpenTelemetry, unless OTEL_SERVICE_NAME gives another. `tell` hears, from that thread, how
    many spans were `exported`, `failed` or `dropped`. What stands in the way of tracing is logged, and stops nothing.
    """
    if not is_wanted(settings):
        return None
    try:
        from producers.runtime.tracing.exporting import Exporting

        spans = Exporting(service, settings.otel_bsp_max_queue_size, tell or _nobody)
    except ModuleNotFoundError:
        log.warning("tracing_off", reason="extra_missing")
        return None
    except ValueError:
        log.warning("tracing_off", reason="otel_settings")
        return None
    return Tracer(spans, epoch, by=by, ending=partial(spans.close, CLOSE_S))


def end(tracer: Tracer | None) -> None:
    """Send what waits, for `CLOSE_S` at the most. It blocks."""
    if tracer is not None:
        tracer.close()


def async_ledger(
    tracer: Tracer | None, client: redis.asyncio.Redis, epoch: str, *, replicas: int, replicas_wait_ms: int
) -> AsyncLedger:
    """The executor, told to the tracer where there is one."""
    named = {"replicas": replicas, "replicas_wait_ms": replicas_wait_ms}
    if tracer is None:
        return AsyncLedger(client, epoch, **named)
    return TracedAsyncLedger(client, epoch, **named, tracer=tracer)


def sync_ledger(
    tracer: Tracer | None, client: redis.Redis, epoch: str, *, replicas: int, replicas_wait_ms: int
) -> SyncLedger:
    """The same, of code that blocks."""
    named = {"replicas": replicas, "replicas_wait_ms": replicas_wait_ms}
    if tracer is None:
        return SyncLedger(client, epoch, **named)
    return TracedSyncLedger(client, epoch, **named, tracer=tracer)
