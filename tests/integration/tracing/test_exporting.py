"""Spans on their way to a collector: whole, sampled alike everywhere, bounded, and counted."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from producers.contract.trace_ids import trace_ids
from producers.runtime.tracing.callers import CALLER
from producers.runtime.tracing.exporting import Exporting
from producers.runtime.tracing.spans import Happening, Span, drawn_id
from tests.collector import Collector
from tests.eventually import eventually

IDS = trace_ids("e" * 32, "ORD-1")
#: The example of the W3C's recommendation.
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Counted:
    """Hears what became of spans."""

    def __init__(self) -> None:
        self.results: Counter[str] = Counter()

    def __call__(self, result: str, count: int) -> None:
        self.results[result] += count


def a_span(name: str = "accept", **more: object) -> Span:
    return Span(name, IDS.trace_id, drawn_id(), IDS.root_id, 1_000, 2_000, {"cardinity.order_id": "ORD-1"}, **more)  # type: ignore[arg-type]


def test_a_span_arrives_as_it_was_told(collector: Collector) -> None:
    """Ids, times, attributes, the event, the error; and who tells it."""
    counted = Counted()
    exporting = Exporting("cardinity-worker", 64, counted)
    exporting.add(a_span("settle", error="stale", happening=Happening("payment.approved", {}), follows=IDS))
    exporting.close(10)
    (came,) = collector.spans
    assert (came.service, came.name, came.failed, came.events) == (
        "cardinity-worker", "settle", True, ("payment.approved",),
    )  # fmt: skip
    assert (came.trace_id, came.parent_id) == (f"{IDS.trace_id:032x}", f"{IDS.root_id:016x}")
    assert came.links == ((f"{IDS.trace_id:032x}", f"{IDS.root_id:016x}"),)
    assert (came.began_ns, came.ended_ns, came.attributes["error.type"]) == (1_000, 2_000, "stale")
    assert counted.results == {"exported": 1}


def test_a_process_is_called_as_opentelemetrys_own_variables_say(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OTEL_SERVICE_NAME comes before the name that we have."""
    monkeypatch.setenv("OTEL_SERVICE_NAME", "till")
    exporting = Exporting("cardinity-producer", 64, Counted())
    exporting.add(a_span())
    exporting.close(10)
    assert [span.service for span in collector.spans] == ["till"]


def test_processes_sample_the_same_orders(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ratio is a ratio of trace ids, so whoever has an order's decides alike; about as many are kept as it says."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.25")
    orders = [trace_ids("e" * 32, f"ORD-{number}").trace_id for number in range(2000)]
    told = []
    for _ in range(2):
        exporting = Exporting("cardinity-worker", 64, Counted())
        told.append([exporting.samples(trace_id) for trace_id in orders])
        exporting.close(10)
    assert told[0] == told[1]
    assert 400 < sum(told[0]) < 600


def test_a_callers_own_span_does_not_decide(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be sampled or not: the order's trace is not its."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    exporting = Exporting("cardinity-producer", 64, Counted())
    sampled = SpanContext(1, 1, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    token = attach(trace.set_span_in_context(NonRecordingSpan(sampled)))
    assert not exporting.samples(IDS.trace_id)
    detach(token)
    exporting.close(10)


def test_a_caller_is_linked(collector: Collector) -> None:
    """The span that a Python caller is at, or what an HTTP request names; what it names badly is nothing."""
    exporting = Exporting("cardinity-producer", 64, Counted())
    at = SpanContext(int(TRACE, 16), int(SPAN, 16), is_remote=False, trace_flags=TraceFlags(0))
    token = attach(trace.set_span_in_context(NonRecordingSpan(at)))
    exporting.add(a_span("in-python", called=True))
    exporting.add(a_span("not-asked"))
    detach(token)
    for name, header in (("by-http", f"00-{TRACE}-{SPAN}-01"), ("badly", f"00-{TRACE}-{'0' * 16}-01")):
        given = CALLER.set({"traceparent": header})
        exporting.add(a_span(name, called=True))
        CALLER.reset(given)
    exporting.close(10)
    linked = {span.name: span.links for span in collector.spans}
    assert linked == {"in-python": ((TRACE, SPAN),), "not-asked": (), "by-http": ((TRACE, SPAN),), "badly": ()}


def test_what_finds_no_room_is_dropped_and_counted(collector: Collector) -> None:
    """A collector that does not answer holds up nobody: eight wait, twelve are dropped, and it is told how many."""
    counted = Counted()
    exporting = Exporting("cardinity-worker", 8, counted)
    collector.gate.clear()
    for _ in range(20):
        exporting.add(a_span())
    collector.gate.set()
    eventually(lambda: counted.results["exported"] == 8 and counted.results["dropped"] == 12, "all are accounted for")
    exporting.close(10)
    assert len(collector.spans) == 8


def test_the_end_of_a_process_does_not_wait_for_a_collector(collector: Collector) -> None:
    """What is left then is dropped, and counted."""
    counted = Counted()
    exporting = Exporting("cardinity-worker", 64, counted)
    collector.gate.clear()
    exporting.add(a_span())
    exporting.close(0.2)
    assert counted.results == {"dropped": 1}


def test_a_collector_that_is_away_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    counted = Counted()
    exporting = Exporting("cardinity-worker", 2048, counted)
    exporting.add(a_span())
    eventually(lambda: counted.results == {"failed": 1}, "it is told")
    exporting.close(10)


def test_spans_may_come_from_any_thread(collector: Collector) -> None:
    """None is lost, and none counted twice."""
    counted = Counted()
    exporting = Exporting("cardinity-producer", 2048, counted)

    def add() -> None:
        for _ in range(100):
            exporting.add(a_span())

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    exporting.close(30)
    assert (counted.results, len({span.span_id for span in collector.spans})) == ({"exported": 400}, 400)
