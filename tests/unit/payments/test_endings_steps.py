"""What the gateway says of a pending order: the same again, or another step of 3-D Secure. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest

from cardinity_client import Money, Payment
from cardinity_client.models.threeds import ThreedsV1, ThreedsV2
from producers.contract.continuation import ContinuationV1, ContinuationV2, continuation_of, mark_of, written
from producers.contract.events import decode
from producers.contract.payment_data import PaymentData
from producers.runtime.ledger.record import Record
from workers.payments.endings import ending_of

PAYMENT: Final = Payment(
    id="3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10",
    order_id="ORD-1",
    amount=Money(1000, "EUR"),
    created_at=datetime(2026, 1, 15, tzinfo=UTC),
    status="pending",
    type="purchase",
    live=False,
    last4="5454",
    brand="MasterCard",
    error=None,
    merchant_advice_code=None,
    threeds_status_reason=None,
)
V2 = replace(PAYMENT, threeds_v2=ThreedsV2("https://acs.example/2", "c"))
BOTH = replace(V2, threeds_v1=ThreedsV1("https://acs.example/1", "d"))


def record(state: str, **fields: str) -> Record:
    values = {"state": state, "ref": "ORD-1", "token": "t", "amount_minor": "1000", "currency": "EUR", **fields}
    return Record("ORD-1", {name: value.encode() for name, value in values.items()})


def test_with_both_steps_version_1_is_due() -> None:
    """Version 2 has failed then."""
    assert continuation_of(V2) == ContinuationV2("https://acs.example/2", "c")
    assert continuation_of(BOTH) == ContinuationV1("https://acs.example/1", "d")


@pytest.mark.parametrize("seen", ["", written(ContinuationV2("https://acs.example/2", "c")).decode()])
def test_a_pending_order_takes_another_step_in_its_own_way(seen: str) -> None:
    """By the script for that, compared with the step that was seen, be it none: the state stays what it is."""
    call = ending_of(record("pending", continuation=seen), BOTH)
    event = decode(bytes(call.args[-1]))  # type: ignore[arg-type]
    assert (call.script, call.args[2]) == ("step", mark_of(seen.encode()) if seen else "")
    assert isinstance(event.data, PaymentData)
    assert (event.data.continuation, event.id) == (continuation_of(BOTH), call.args[-2])


def test_the_same_step_again_is_no_news() -> None:
    """The call that records it finds the order where it is."""
    seen = written(ContinuationV2("https://acs.example/2", "c")).decode()
    assert ending_of(record("pending", continuation=seen), V2).script == "settle"


def test_an_order_that_was_being_sent_becomes_pending_with_its_step() -> None:
    """The first step comes with the state."""
    call = ending_of(record("sending"), V2)
    assert call.script == "settle"
    assert written(ContinuationV2("https://acs.example/2", "c")) in call.args
