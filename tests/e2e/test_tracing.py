"""Traces of whole systems: one per order, over all processes that took a step of it, and nothing carried for it."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from producers.contract.trace_ids import TraceIds, trace_ids
from producers.runtime.ledger import keys
from producers.runtime.tracing import facts
from tests.collector import Collected, Collector, collecting
from tests.eventually import eventually
from tests.http_process import http_process
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow

CHARGE = {"amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
#: What becomes of these: answered at once; charged and never answered; charged, and its worker killed before the
#: answer; never charged, so that a human decides; declined, handed in over HTTP by somebody who traces.
OK, SLOW, KILLED, PARKED, DECLINED = "ORD-OK", "ORD-SLOW", "ORD-KILLED", "ORD-PARKED", "ORD-DECLINED"
FAULTS = [
    {"fault": "charge_then_hang", "order_id": SLOW},
    {"fault": "charge_then_hang", "order_id": KILLED},
    {"fault": "hang_before", "order_id": PARKED},
]
#: Who called over HTTP: the example of the W3C's recommendation.
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

PRODUCER, HTTP, WORKER, OPERATOR = (f"cardinity-{name}" for name in ("producer", "http", "worker", "operator"))
BEGUN = {
    (PRODUCER, "accept"): 1,
    (WORKER, "wait"): 1,
    (WORKER, "claim"): 1,
    (WORKER, "checks"): 1,
    (WORKER, "intent"): 1,
}
#: Who tells what of each. The outcome of an attempt is `settle`, and `resolve` that of a doubt.
TOLD: Mapping[str, Mapping[tuple[str, str], int]] = {
    OK: {**BEGUN, (WORKER, "create_payment"): 1, (WORKER, "settle"): 1},
    SLOW: {
        **BEGUN,
        (WORKER, "create_payment"): 1,
        (WORKER, "settle"): 1,
        (WORKER, "get_payment"): 1,
        (WORKER, "resolve"): 1,
    },
    KILLED: {**BEGUN, (WORKER, "settle"): 1, (WORKER, "get_payment"): 1, (WORKER, "resolve"): 1},
    PARKED: {
        **BEGUN,
        (WORKER, "create_payment"): 1,
        (WORKER, "settle"): 1,
        (WORKER, "park"): 1,
        (OPERATOR, "resolve"): 1,
    },
    DECLINED: {
        **BEGUN,
        (WORKER, "create_payment"): 1,
        (WORKER, "settle"): 1,
        (HTTP, "accept"): 1,
        (PRODUCER, "accept"): 0,
    },
}
#: Everything that a span may say.
ATTRIBUTES = {value for name, value in vars(facts).items() if name.isupper() and isinstance(value, str)} | {
    "messaging.system",
    "messaging.operation.type",
    "messaging.destination.name",
}


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run, and whose ledger it was."""

    collector: Collector
    epoch: str

    @property
    def spans(self) -> list[Collected]:
        return self.collector.spans

    def of(self, order_id: str) -> list[Collected]:
        """The spans that name the order."""
        return self.collector.of(order_id)

    def ids(self, order_id: str) -> TraceIds:
        """Where they must be."""
        return trace_ids(self.epoch, order_id)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The spans of a run in which all of this happens; every process has ended."""
    settings = {"ABSENT": "park"}
    with (
        traced() as collector,
        Stack(tmp_path_factory.mktemp("traces"), faults=FAULTS, settings={**collector.environ(), **settings}) as stack,
    ):
        _lose_a_worker(stack, collector)
        worker = stack.worker()
        with stack.enqueuer() as enqueuer, http_process(stack) as process:
            for order_id in (OK, SLOW, PARKED):
                enqueuer.charge(order_id=order_id, **CHARGE)
            caller = {**process.caller.headers, "traceparent": f"00-{TRACE}-{SPAN}-01"}
            declined = {**CHARGE, "amount": "160.00", "order_id": DECLINED}
            assert process.client.post("/v1/charges", json=declined, headers=caller).status_code == 202
            process.until(DECLINED, "declined")
            for order_id in (OK, SLOW, KILLED):
                process.until(order_id, "approved")
            process.until(PARKED, "parked")
            _decide(stack)
            process.until(PARKED, "not_charged")
            process.child.send_signal(signal.SIGTERM)
            assert process.child.wait(30) == 0
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
        yield Run(collector, _epoch(stack))


@contextmanager
def traced() -> Iterator[Collector]:
    """A collector, to which this process traces too: it is a producer."""
    with collecting() as collector, pytest.MonkeyPatch.context() as patch:
        for name, value in collector.environ().items():
            patch.setenv(name, value)
        yield collector


def _lose_a_worker(stack: Stack, collector: Collector) -> None:
    """Between its promise, which is told by then, and the answer."""
    worker = stack.worker()
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id=KILLED, **CHARGE)
    eventually(lambda: any(span.name == "intent" for span in collector.of(KILLED)), "its intent is told")
    eventually(lambda: stack.charges().get(KILLED), "it is charged")
    worker.kill()
    worker.wait()


def _decide(stack: Stack) -> None:
    """An operator's command, once what has left can no longer be charged."""

    def decided() -> bool:
        argv = ("workers.cli", "parked", "resolve", PARKED, "--not-charged", "--because", "asked the gateway")
        return stack.module(*argv).wait(60) == 0

    eventually(decided, "the operator's word is taken")


def _epoch(stack: Stack) -> str:
    with redis.Redis.from_url(stack.valkey.url(1)) as client:
        return (client.get(keys.EPOCH) or b"").decode()


def told(spans: list[Collected]) -> Counter[tuple[str, str]]:
    """Who told what, and how often."""
    return Counter((span.service, span.name) for span in spans)


@pytest.mark.parametrize("order_id", TOLD)
def test_an_order_is_one_trace(collected: Run, order_id: str) -> None:
    """The one whose id follows from it; each step is told once, by the process that took it."""
    spans = collected.of(order_id)
    assert {span.trace_id for span in spans} == {f"{collected.ids(order_id).trace_id:032x}"}
    assert told(spans) == Counter(TOLD[order_id])


def test_nothing_else_is_traced(collected: Run) -> None:
    """Reads of the list and other duties are no order's."""
    assert len(collected.spans) == sum(len(collected.of(order_id)) for order_id in TOLD)


@pytest.mark.parametrize("order_id", TOLD)
def test_every_span_has_its_parent(collected: Run, order_id: str) -> None:
    """One begins the trace; an attempt's are parts of its claim, all others of the first."""
    spans = collected.of(order_id)
    (first,) = [span for span in spans if not span.parent_id]
    assert first.span_id == f"{collected.ids(order_id).root_id:016x}"
    (claim,) = [span for span in spans if span.name == "claim"]
    attempt = {"checks", "intent", "create_payment"} | ({"settle"} if order_id != KILLED else set())
    for span in spans:
        if span is not first:
            assert span.parent_id == (claim if span.name in attempt else first).span_id, span.name


@pytest.mark.parametrize("order_id", [KILLED, PARKED])
def test_a_trace_goes_over_three_processes(collected: Run, order_id: str) -> None:
    """Who handed it in, who sent it, and who found out: another worker, or an operator's command."""
    assert len({span.instance for span in collected.of(order_id)}) == 3


def test_a_verdict_says_how_long_nobody_knew(collected: Run) -> None:
    """It begins as the doubt did: not before the attempt was over."""
    spans = {span.name: span for span in collected.of(SLOW)}
    assert spans["settle"].attributes[facts.STATE] == "unknown"
    assert spans["resolve"].attributes[facts.STATE] == "approved"
    assert spans["intent"].ended_ns < spans["resolve"].began_ns < spans["resolve"].ended_ns
    assert spans["resolve"].events == ("payment.approved",)
    assert spans["create_payment"].failed


def test_a_humans_word_is_told_as_theirs(collected: Run) -> None:
    """Its trace ends with what an operator said."""
    (said,) = [span for span in collected.of(PARKED) if span.name == "resolve"]
    assert (said.attributes[facts.BY], said.attributes[facts.STATE]) == ("operator", "not_charged")


def test_a_caller_is_linked_and_not_continued(collected: Run) -> None:
    """The order has its own trace, and its first span names the caller's."""
    linked = {span.trace_id: span.links for span in collected.spans if span.links}
    (first,) = [span for span in collected.of(DECLINED) if not span.parent_id]
    assert linked == {first.trace_id: ((TRACE, SPAN),)}


def test_no_card_and_no_name_is_told(collected: Run) -> None:
    """Not in any byte; and attributes are those that were thought of."""
    sent = b"".join(collected.collector.bodies)
    hidden = (CARD["pan"], CARD["holder"])
    assert [text for text in hidden if str(text).encode() in sent] == []
    assert {name for span in collected.spans for name in span.attributes} <= ATTRIBUTES


def test_without_a_collector_charges_go_on(tmp_path: Path) -> None:
    """What cannot be told is dropped, which is counted; workers end well."""
    away = {
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
        "OTEL_BSP_MAX_QUEUE_SIZE": "2",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1",
    }
    with Stack(tmp_path, settings=away) as stack, http_process(stack) as process:
        worker = stack.worker()
        orders = [f"ORD-{number}" for number in range(12)]
        for order_id in orders:
            assert process.post("charges", {**CHARGE, "order_id": order_id}).status_code == 202
        for order_id in orders:
            process.until(order_id, "approved")
        eventually(lambda: _count(process.client.get("/metrics").text, "dropped") > 0, "drops are counted")
        assert _count(process.client.get("/metrics").text, "exported") == 0
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0


def _count(metrics: str, result: str) -> float:
    name = f'cardinity_trace_spans_total{{result="{result}"}} '
    (line,) = [line for line in metrics.splitlines() if line.startswith(name)]
    return float(line.removeprefix(name))
