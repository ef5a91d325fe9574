"""What of the ledger's calls becomes a span, how it is called, and what it is part of."""

from __future__ import annotations

from typing import Any

import pytest

from cardinity_client.money import Money
from producers.contract.events import encode, payment_event
from producers.contract.trace_ids import trace_ids
from producers.runtime.ledger import calls, hold_calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.results import (
    Accepted,
    CalledBack,
    Claimed,
    Exists,
    Granted,
    Moved,
    NoCredit,
    NotYours,
    Poison,
)
from producers.runtime.ledger.split_calls import Made, split
from producers.runtime.ledger.succession_calls import Told, succeed
from producers.runtime.tracing import facts
from producers.runtime.tracing.journeys import attend
from producers.runtime.tracing.tracer import Tracer
from tests.unit.tracing.recorder import EPOCH, IDS, ORDER, TOKEN, Recorder, accept, claim, event, row, settle

MS = 1_000_000


def tell(tracer: Tracer, call: Call[Any], result: object, began_ms: int = 5000) -> None:
    tracer.answered(call, result, began_ms * MS)


def test_an_accept_is_the_first_span(tracer: Tracer, recorder: Recorder) -> None:
    """Its id follows from the order, it has no parent, and it names what is wanted and the event."""
    tell(tracer, accept(), Accepted(5000))
    (span,) = recorder.spans
    assert (span.name, span.trace_id, span.span_id, span.parent_id) == ("accept", *IDS, 0)
    assert (span.kind, span.called) == ("producer", True)
    assert span.attributes[facts.AMOUNT_MINOR] == 1000
    assert span.attributes["messaging.destination.name"] == "payments"
    assert span.happening and span.happening.name == "payment.accepted"


def test_an_order_of_a_batch_names_its_queue(tracer: Tracer, recorder: Recorder) -> None:
    """The batch itself is not named."""
    tell(tracer, accept(batch="march"), Accepted(5000))
    attributes = recorder.named("accept").attributes
    assert (attributes["messaging.destination.name"], "march" in attributes.values()) == ("payments_batch", False)


def test_an_accept_that_comes_again_is_no_second_beginning(tracer: Tracer, recorder: Recorder) -> None:
    """The order has one first span, whoever repeats the call."""
    tell(tracer, accept(), Exists(row(state="approved")))
    span = recorder.named("accept again")
    assert (span.parent_id, span.span_id == IDS.root_id, span.attributes[facts.STATE]) == (
        IDS.root_id, False, "approved",
    )  # fmt: skip


def test_every_part_of_a_split_begins_its_trace(tracer: Tracer, recorder: Recorder) -> None:
    """One call, as many orders."""
    parts = [accept(), accept(amount_minor="5")]
    parts[1] = Call("accept", ("ORD-2", *parts[1].args[1:]), parts[1].decode)
    tell(tracer, split("SPLIT-1", b"", parts, grace_ms=1), Made(5000))
    assert [(span.span_id, span.attributes[facts.AMOUNT_MINOR]) for span in recorder.spans] == [
        (IDS.root_id, 1000),
        (trace_ids(EPOCH, "ORD-2").root_id, 5),
    ]


def test_the_wait_goes_from_the_accept_to_the_claim(tracer: Tracer, recorder: Recorder) -> None:
    """It is told with the first claim, which is a part of the trace like it."""
    tell(tracer, claim(), Claimed(row()))
    wait, taken = recorder.named("wait"), recorder.named("claim")
    assert (wait.began_ns, wait.ended_ns) == (1000 * MS, 5000 * MS)
    assert (wait.parent_id, taken.parent_id, taken.kind) == (IDS.root_id, IDS.root_id, "consumer")


@pytest.mark.parametrize("later", [{"claims": "2"}, {"wakes": "1"}])
def test_a_later_claim_has_not_waited_since_the_accept(
    tracer: Tracer, recorder: Recorder, later: dict[str, str]
) -> None:
    """An order that was given back, or whose worker was lost, has been taken before."""
    tell(tracer, claim(), Claimed(row(**later)))
    assert [span.name for span in recorder.spans] == ["claim"]


def test_a_clock_behind_the_ledgers_makes_no_span_that_ends_before_it_begins(
    tracer: Tracer, recorder: Recorder
) -> None:
    """The accept is told by the ledger's clock, the claim by this host's."""
    tell(tracer, claim(), Claimed(row(created_at="9000")))
    wait = recorder.named("wait")
    assert wait.began_ns == wait.ended_ns == 5000 * MS


def test_an_attempt_is_what_follows_a_claim(tracer: Tracer, recorder: Recorder) -> None:
    """Checks, promise, request and outcome are parts of the claim that they rest on."""
    tell(tracer, claim(), Claimed(row()))
    promise = calls.intent(ORDER, TOKEN, window_ms=1, account="second")
    tell(tracer, promise, NoCredit(0), 6000)
    tell(tracer, promise, Granted(7000, 59, 1), 7000)
    tracer.exchanged("create_payment", 0.5, {facts.ANSWER: "approved"})
    tell(tracer, settle("approved", "approved"), Moved("approved", before="sending"), 8000)
    taken = recorder.named("claim")
    parts = ("checks", "intent", "create_payment", "settle")
    assert {name: recorder.named(name).parent_id for name in parts} == dict.fromkeys(parts, taken.span_id)
    checks, intent, request = (recorder.named(name) for name in parts[:3])
    assert (checks.began_ns, checks.ended_ns, intent.began_ns) == (taken.ended_ns, 6000 * MS, 6000 * MS)
    assert (request.kind, request.attributes[facts.ACCOUNT]) == ("client", "second")
    assert request.ended_ns - request.began_ns == 500 * MS


def test_an_outcome_tells_what_became_of_the_order(tracer: Tracer, recorder: Recorder) -> None:
    """State, the one before, why, and the event; a reason that only repeats the state is left out."""
    tell(tracer, settle("rejected", "expired"), Moved("rejected", before="claimed"))
    tell(tracer, settle("approved", "approved"), Moved("approved", before="sending"))
    first, second = recorder.spans
    assert (first.attributes[facts.STATE], first.attributes[facts.BEFORE]) == ("rejected", "claimed")
    assert first.attributes[facts.REASON] == "expired"
    assert facts.REASON not in second.attributes
    assert second.happening and second.happening.attributes["cloudevents.event_id"] == "ORD-1:approved"


def test_a_verdict_goes_since_the_order_was_unknown(tracer: Tracer, recorder: Recorder) -> None:
    """It is a part of the order, not of an attempt that may be another process'; a proof is told by its numbers."""
    attend(row(state="unknown", since="2000"))
    proof = '{"intent_at_ms":1,"horizon_ms":3000,"scans_started_ms":[1,2,3],"covered_from_ms":0,"covered_to_ms":9}'
    tell(tracer, settle("not_charged", "proven_absent", proof=proof), Moved("not_charged", before="unknown"))
    span = recorder.named("resolve")
    assert (span.began_ns, span.parent_id) == (2000 * MS, IDS.root_id)
    assert (span.attributes[facts.PROOF_SCANS], span.attributes[facts.PROOF_HORIZON_MS]) == (3, 3000)


def test_an_order_that_waits_for_a_human_is_parked(tracer: Tracer, recorder: Recorder) -> None:
    """And what the human says is told as theirs."""
    tell(tracer, settle("parked", "coverage_hole"), Moved("parked", before="unknown"))
    by_hand = Tracer(recorder, EPOCH, by="operator")
    tell(by_hand, settle("not_charged", "operator"), Moved("not_charged", before="parked"))
    assert facts.BY not in recorder.named("park").attributes
    assert recorder.named("resolve").attributes[facts.BY] == "operator"


def test_what_somebody_else_was_faster_with_is_told_as_failed(tracer: Tracer, recorder: Recorder) -> None:
    """Nothing has moved, so there is no event."""
    tell(tracer, settle("approved", "approved"), NotYours("stale"))
    span = recorder.named("settle")
    assert (span.error, span.happening) == ("stale", None)


def test_an_order_given_back_says_why(tracer: Tracer, recorder: Recorder) -> None:
    """The checks end there too."""
    tell(tracer, claim(), Claimed(row()))
    back = calls.release(ORDER, TOKEN, delay_ms=300, detail="breaker_open")
    tell(tracer, back, Moved("accepted", before="claimed"), 6000)
    span = recorder.named("give back")
    assert (span.attributes[facts.REASON], span.attributes[facts.WAIT_MS]) == ("breaker_open", 300)
    assert recorder.named("checks").ended_ns == 6000 * MS


@pytest.mark.parametrize(("taken", "why"), [(Poison(row()), "poison"), (CalledBack(row(), "withdrawn"), "withdrawn")])
def test_an_order_taken_to_be_ended_says_why(tracer: Tracer, recorder: Recorder, taken: object, why: str) -> None:
    """Nothing of it is sent."""
    tell(tracer, claim(), taken)
    assert recorder.named("claim").attributes[facts.REASON] == why


def test_the_order_that_goes_on_begins_a_trace_that_names_the_first(tracer: Tracer, recorder: Recorder) -> None:
    """Two orders, two traces, one link."""
    second = payment_event(
        state="accepted", order_id="ORD-1-b1", attempt_ref="ORD-1-b1", account="default", producer="shop",
        amount=Money(1000, "EUR"), time_ms=1,
    )  # fmt: skip
    call = succeed(
        ORDER, TOKEN, allowed=("sending",), successor="ORD-1-b1", ref="ORD-1-b1", further="", reason="declined",
        payment_id="p", told=Told("ORD-1:declined", event("declined")), told_of_root=Told(),
        told_of_successor=Told("ORD-1-b1:accepted", encode(second)), due_ms=1, fields={},
    )  # fmt: skip
    tell(tracer, call, Moved("pending", before="sending"))
    begun = recorder.named("accept")
    assert (begun.trace_id, begun.span_id) == trace_ids(EPOCH, "ORD-1-b1")
    assert begun.follows == IDS
    ended = recorder.named("settle").happening
    assert ended and ended.name == "payment.declined"


def test_events_are_found_in_every_call_that_has_one(tracer: Tracer, recorder: Recorder) -> None:
    """A hold and a further step tell one; a look that found nothing new is no span."""
    pending = event("pending")
    held = hold_calls.hold(ORDER, TOKEN, "p", due_ms=1, event_id="ORD-1:pending:held", event=pending)
    further = calls.step(ORDER, TOKEN, seen="", due_ms=1, event_id="ORD-1:pending", event=pending)
    for call in (held, further, calls.step(ORDER, TOKEN, seen="", due_ms=1)):
        tell(tracer, call, Moved("pending", before="pending"))
    assert [span.happening and span.happening.name for span in recorder.spans] == ["payment.pending"] * 2


def test_requests_outside_of_an_order_are_nobodys(tracer: Tracer, recorder: Recorder) -> None:
    """The mirror reads the list for all."""
    tracer.exchanged("list_payments", 0.1, {})
    assert recorder.spans == []


def test_an_order_that_is_not_sampled_leaves_nothing(tracer: Tracer, recorder: Recorder) -> None:
    """Nor does a request of it count as the order's that the task was at before."""
    tell(tracer, claim(), Claimed(row()))
    recorder.spans.clear()
    recorder.wanted = False
    tell(tracer, claim(), Claimed(row()))
    recorder.wanted = True
    tracer.exchanged("create_payment", 0.1, {})
    assert recorder.spans == []


def test_a_bug_here_reaches_nobody(tracer: Tracer, recorder: Recorder) -> None:
    """An event that cannot be read is no reason for an order to stop."""
    broken = calls.settle(
        ORDER, TOKEN, allowed=(), to="approved", event_id="", event=b"{", detail="approved"
    )  # fmt: skip
    tell(tracer, broken, Moved("approved", before="sending"))
    assert recorder.spans == []


def test_texts_that_are_no_codes_are_left_out(tracer: Tracer, recorder: Recorder) -> None:
    """What the gateway said in words, and what looks like a card, never leaves."""
    tell(tracer, calls.release(ORDER, TOKEN, delay_ms=1, detail="Card 4111 declined!"), Moved("accepted"))
    tell(tracer, calls.release(ORDER, TOKEN, delay_ms=1, detail="4111111111111111"), Moved("accepted"))
    assert [facts.REASON in span.attributes for span in recorder.spans] == [False, False]
