"""Spans to a collector by OTLP over HTTP, as the OTEL_* variables of the process say. The only room that imports
OpenTelemetry, and so imported only where somebody traces.

Spans are made whole when what they tell of has ended, as `ReadableSpan`s, and not by an OpenTelemetry tracer: their ids
follow from orders, their beginnings from the ledger, and the provider of whoever calls us stays untouched. A batch
processor sends them from a thread of its own. It would drop without saying how many, so what waits is counted here.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from producers.runtime.tracing import facts
from producers.runtime.tracing.callers import CALLER
from producers.runtime.tracing.spans import Span

#: Told how many spans were `exported`, how many `failed` and how many were `dropped` before that.
Tell = Callable[[str, int], None]

_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_SCOPE: Final = InstrumentationScope("cardinity-batch")
_KINDS: Final = {
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
    "client": SpanKind.CLIENT,
    "internal": SpanKind.INTERNAL,
}
_UNSET: Final = Status(StatusCode.UNSET)
_W3C: Final = TraceContextTextMapPropagator()
#: No span is under way in it: ours have no parent that a sampler should ask.
_NOWHERE: Final = Context()


class Exporting:
    """The spans of one process. Makes a thread: not to be made before a fork. `room` is how many may wait.

    Raises:
        ValueError: an OTEL_* variable says what cannot be.
    """

    def __init__(self, service: str, room: int, tell: Tell) -> None:
        # Made for what it reads from the environment; it exports nothing.
        self._sampler = TracerProvider(shutdown_on_exit=False).sampler
        self._resource = _resource(service)
        self._room = room
        self._exporter = _Counting(OTLPSpanExporter(), tell, lambda: self._dropped)
        self._processor = BatchSpanProcessor(self._exporter, max_queue_size=room)
        self._lock = threading.Lock()
        #: Spans taken, and those for which there was no room.
        self._taken = self._dropped = 0

    def samples(self, trace_id: int) -> bool:
        """As `Spans.samples`."""
        return self._sampler.should_sample(_NOWHERE, trace_id, "").decision is Decision.RECORD_AND_SAMPLE

    def add(self, span: Span) -> None:
        """As `Spans.add`."""
        with self._lock:
            if self._taken - self._exporter.done >= self._room:
                self._dropped += 1
                return
            self._taken += 1
        self._processor.on_end(self._readable(span))

    def close(self, within_s: float) -> None:
        """Export what waits, no longer than that; what is left then is dropped."""
        # On a thread: a batch under way may take as long as its own timeout.
        ending = threading.Thread(target=self._processor.shutdown, name="spans-end", daemon=True)
        ending.start()
        ending.join(within_s)
        self._exporter.shutdown()  # a batch under way is not tried again
        with self._lock:
            self._dropped += self._taken - self._exporter.done
        self._exporter.tell_dropped()

    def _readable(self, span: Span) -> ReadableSpan:
        parent = _context(span.trace_id, span.parent_id) if span.parent_id else None
        happened = span.happening
        links = [Link(context) for context in _links(span)]
        error = {facts.ERROR_TYPE: span.error} if span.error else {}
        return ReadableSpan(
            span.name,
            context=_context(span.trace_id, span.span_id),
            parent=parent,
            resource=self._resource,
            attributes={**span.attributes, **error},
            events=(Event(happened.name, dict(happened.attributes), span.ended_ns),) if happened else (),
            links=links,
            kind=_KINDS[span.kind],
            status=Status(StatusCode.ERROR, span.error) if span.error else _UNSET,
            start_time=span.began_ns,
            end_time=span.ended_ns,
            instrumentation_scope=_SCOPE,
        )


class _Counting(SpanExporter):
    """Exports, and tells how many. `dropped` is how many found no room so far."""

    def __init__(self, exporter: SpanExporter, tell: Tell, dropped: Callable[[], int]) -> None:
        self._exporter = exporter
        self._tell = tell
        self._dropped = dropped
        self._told = 0
        self._over = False
        #: Spans that need no room any more. Only the processor's thread adds to it.
        self.done = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._exporter.export(spans)
        finally:
            self.done += len(spans)
        self._tell("exported" if result is SpanExportResult.SUCCESS else "failed", len(spans))
        self.tell_dropped()
        return result

    def tell_dropped(self) -> None:
        """Tell of those that found no room since this was last told."""
        dropped = self._dropped()
        if news := dropped - self._told:
            self._told = dropped
            self._tell("dropped", news)

    def shutdown(self) -> None:
        """Once, whoever asks first."""
        if not self._over:
            self._over = True
            self._exporter.shutdown()


def reaches(timeout_s: float) -> bool:
    """Whether the collector takes spans: it is sent none, as they are sent.

    Raises:
        ValueError: an OTEL_* variable says what cannot be.
    """
    exporter = OTLPSpanExporter(timeout=timeout_s)
    try:
        return exporter.export(()) is SpanExportResult.SUCCESS
    finally:
        exporter.shutdown()


def _resource(service: str) -> Resource:
    """Who tells this; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say it better."""
    instance = f"{socket.gethostname()}-{os.getpid()}"
    named = {"service.name": service, "service.instance.id": instance}
    return Resource.create({**named, **OTELResourceDetector().detect().attributes})


def _context(trace_id: int, span_id: int) -> SpanContext:
    return SpanContext(trace_id, span_id, is_remote=False, trace_flags=_SAMPLED)


def _links(span: Span) -> list[SpanContext]:
    linked = [_context(*span.follows)] if span.follows else []
    if span.called and (caller := _caller()).is_valid:
        linked.append(caller)
    return linked


def _caller() -> SpanContext:
    """What the caller is at: a request that is answered, or a span in its own process."""
    if headers := CALLER.get():
        return trace.get_current_span(_W3C.extract(headers, _NOWHERE)).get_span_context()
    return trace.get_current_span().get_span_context()
