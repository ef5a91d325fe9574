"""Events of chargebacks are CloudEvents with an id of their own kind, and hold no card."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cardinity_client import Chargeback
from cardinity_client.models.disputes import DisputeStatus
from cardinity_client.money import Money
from producers.contract.chargebacks import (
    ChargebackApproved,
    ChargebackDeclined,
    ChargebackInitiated,
    chargeback_event,
    chargeback_event_id,
)
from producers.contract.events import decode, encode
from producers.contract.fields import Refusal, read_order_id
from tests.unit.contract.builders import NOW_MS, PAN

_CREATED = datetime(2026, 1, 15, tzinfo=UTC)
_CHARGEBACK = Chargeback("c-1", "p-1", Money(2550, "EUR"), _CREATED, "approved", False, "ORD-1", None, None)


@pytest.mark.parametrize(
    ("status", "kind"),
    [("initiated", ChargebackInitiated), ("approved", ChargebackApproved), ("declined", ChargebackDeclined)],
)
def test_every_status_has_a_type(status: DisputeStatus, kind: type) -> None:
    """The event decodes to the value that was encoded, and to its own class."""
    event = chargeback_event(replace(_CHARGEBACK, status=status), account="default", order_id="ORD-1", time_ms=NOW_MS)
    assert (type(event), decode(encode(event))) == (kind, event)


@pytest.mark.parametrize(("order_id", "subject"), [("ORD-1", "ORD-1"), (None, "p-1")])
def test_the_subject_is_the_order_or_the_payment(order_id: str | None, subject: str) -> None:
    """A reader of an order's events hears of its chargeback too."""
    event = chargeback_event(_CHARGEBACK, account="default", order_id=order_id, time_ms=NOW_MS)
    assert (event.subject, event.data.order_id) == (subject, order_id)


def test_no_order_has_an_event_of_that_id() -> None:
    """Ids of orders' events begin with an order_id, and none of these may hold what stands in a chargeback's."""
    with pytest.raises(Refusal):
        read_order_id(chargeback_event_id("c-1", "approved").partition(":")[0])


def test_words_of_others_are_searched_for_cards() -> None:
    """A reason or a foreign reference that repeats a card number is told without it."""
    spoken = replace(_CHARGEBACK, order_id=f"card {PAN}", reason=f"10.4: {PAN}")
    event = chargeback_event(spoken, account="default", order_id=None, time_ms=NOW_MS)
    assert (event.data.reference, event.data.reason) == ("card [card number]", "10.4: [card number]")
