"""What a human may say of a parked order, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from cardinity_client import Payment
from cardinity_client.wire import parse_payment
from producers.runtime.ledger.record import Record
from tests.unit.client.builders import encoded, payment_row
from workers.operations.errors import NotNow, OperationRefused
from workers.operations.evidence import Evidence
from workers.operations.resolving import absent, found
from workers.resolver.mirror import row_of
from workers.resolver.verdict import Rules

RULES = Rules(horizon_ms=10_000, skew_ms=1_000, clean_scans=3, absent="prove")


def payment(**changes: Any) -> Payment:
    return parse_payment(encoded(payment_row(**changes)))


def record(made: Payment, **changes: str) -> Record:
    """The order whose payment that is."""
    at_ms = int(made.created_at.timestamp() * 1000)
    fields = {
        "state": "parked", "token": "t", "ref": made.order_id or "", "amount_minor": str(made.amount.minor),
        "currency": made.amount.currency, "last4": made.last4 or "", "intent_at": str(at_ms), "since": str(at_ms),
    }  # fmt: skip
    return Record(made.order_id or "", {name: text.encode() for name, text in (fields | changes).items()})


def evidence(
    made: Payment,
    changes: Mapping[str, str] | None = None,
    *,
    shows: bool = True,
    whole: bool = True,
    later_ms: int = 10_000,
) -> Evidence:
    """What there is to see, `later_ms` after the intent."""
    row = record(made, **(changes or {}))
    return Evidence(row, (), row.intent_at_ms + later_ms, (made,) if shows else (), whole=whole)


def test_the_orders_own_payment_is_taken() -> None:
    """Approved, and everything about it is what was asked for."""
    made = payment()
    assert found(evidence(made), made.id, RULES) == made


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount_minor": "1"}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"ref": "ORD-OTHER"}, "reference"),
        ({"last4": "0000"}, "card, type, or time"),
        ({"settle": "0"}, "card, type, or time"),
        ({"intent_at": "99999999999999"}, "card, type, or time"),
    ],
)
def test_a_payment_that_does_not_fit_is_refused(changes: dict[str, str], words: str) -> None:
    """Whatever of it is another's, it is named."""
    made = payment()
    with pytest.raises(OperationRefused, match=f"asked for: {words}") as refused:
        found(evidence(made, changes), made.id, RULES)
    assert refused.value.code == "payment_mismatch"


def test_a_payment_that_is_not_shown_is_refused() -> None:
    """Nobody's word stands against what the gateway does not know."""
    made = payment()
    with pytest.raises(OperationRefused) as refused:
        found(evidence(made, shows=False), made.id, RULES)
    assert refused.value.code == "payment_unknown"


def test_a_declined_payment_is_no_approved_one() -> None:
    """The gateway's word is taken, not the operator's."""
    made = payment(status="declined", error="33333: 3D Secure Authorization Failed.")
    with pytest.raises(OperationRefused) as refused:
        found(evidence(made), made.id, RULES)
    assert refused.value.code == "payment_not_approved"


def test_a_held_order_is_not_ended_by_hand() -> None:
    """A hold takes no money, and a settled one ends its order by itself."""
    made = payment()
    with pytest.raises(OperationRefused) as refused:
        found(evidence(made, {"two_phase": "1"}), made.id, RULES)
    assert refused.value.code == "not_available"


def test_nothing_that_can_be_seen_is_not_charged() -> None:
    """Neither what the gateway shows now, nor what the mirror has kept, whatever amount it has."""
    made = payment()
    kept = Evidence(record(made), (row_of(made),), record(made).intent_at_ms + 10_000)
    for shown in (evidence(made), evidence(made, {"amount_minor": "1"}), kept):
        with pytest.raises(OperationRefused) as refused:
            absent(shown, RULES)
        assert refused.value.code == "payment_shown"


def test_what_was_sent_in_its_place_may_have_been_charged() -> None:
    """Where the ledger was lost since, the row of the first order does not know of it."""
    with pytest.raises(OperationRefused) as refused:
        absent(replace(evidence(payment(), shows=False), attempt="ORD-1-a2"), RULES)
    assert refused.value.code == "payment_shown"


def test_a_list_that_cannot_be_read_shows_nothing() -> None:
    """A row that nobody can read may be the payment."""
    with pytest.raises(OperationRefused) as refused:
        absent(evidence(payment(), shows=False, whole=False), RULES)
    assert refused.value.code == "list_unreadable"


def test_nobody_says_so_before_a_late_charge_would_be_seen() -> None:
    """One millisecond before H, no; at H, yes. Of a payment that the gateway knew H counts from when it was parked."""
    made = payment()
    with pytest.raises(OperationRefused) as refused:
        absent(evidence(made, shows=False, later_ms=9_999), RULES)
    assert refused.value.code == "too_early"
    absent(evidence(made, shows=False), RULES)
    since = str(record(made).intent_at_ms + 1)
    with pytest.raises(OperationRefused):
        absent(evidence(made, {"payment_id": made.id, "since": since}, shows=False), RULES)


def test_of_a_rebuilt_order_the_time_runs_from_its_rebuilding() -> None:
    """The lost ledger may have promised it later than anything that is left tells."""
    made = payment()
    rebuilt = {"recovered_at": str(record(made).intent_at_ms + 5_000)}
    with pytest.raises(NotNow) as refused:
        absent(evidence(made, rebuilt, shows=False, later_ms=14_999), RULES)
    assert refused.value.code == "too_early"
    absent(evidence(made, rebuilt, shows=False, later_ms=15_000), RULES)


def test_a_hold_of_which_nothing_was_taken_is_no_charge() -> None:
    """It is let go once the order has ended; one of which something was taken is one."""
    made = payment(type="authorization")
    held = evidence(made, {"two_phase": "1"})
    absent(held, RULES)
    taken = Evidence(held.record, (), held.now_ms, held.made, settled=(made.id,))
    with pytest.raises(OperationRefused) as refused:
        absent(taken, RULES)
    assert refused.value.code == "payment_shown"
