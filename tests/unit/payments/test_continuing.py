"""Which decline is continued, by what, and how the first order of a chain ends. Pure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cardinity_client import Payment
from cardinity_client.declines import ADVICE_CODES, DECLINE_CODES, THREEDS_REASONS, Remedy
from producers.contract import states
from producers.contract.events import decode
from producers.contract.follow_ups import token_of
from producers.contract.payment_data import PaymentData
from producers.runtime.ledger.record import Record
from tests.unit.payments.test_endings_steps import PAYMENT
from workers.payments.chains import closed
from workers.payments.continuing import way_on
from workers.payments.endings import ending_of
from workers.payments.spool import Spool

#: Codes that forbid nothing and ask for nobody.
SOFT = {Remedy.SOFT_WAIT, Remedy.SOFT_TECHNICAL, Remedy.UNSUITED, Remedy.UPDATE_CARD}


def declined(error: str | None, **more: Any) -> Payment:
    return replace(PAYMENT, status="declined", error=error, **more)


def record(order_id: str = "ORD-1", state: str = "sending", further: str = "backup link", **fields: str) -> Record:
    values = {"state": state, "ref": order_id, "token": "t", "amount_minor": "1000", "currency": "EUR"}
    values |= {"producer": "shop", "account": "default", "last4": "1111", "further": further, **fields}
    return Record(order_id, {name: value.encode() for name, value in values.items()})


@pytest.mark.parametrize("code", DECLINE_CODES)
def test_the_banks_code_decides_whether_the_backup_is_tried(code: str) -> None:
    """Where another instrument may help it is; where the customer is wanted, the link is made instead."""
    remedy = DECLINE_CODES[code].remedy
    expected = "backup" if remedy in SOFT else "needs_customer"
    assert way_on(record(), declined(f"{code}: words")) == expected


@pytest.mark.parametrize("code", ADVICE_CODES)
def test_a_scheme_that_forbids_it_is_heeded(code: str) -> None:
    """The strictest code counts: after "never again" nothing goes on, whatever the bank's own code."""
    never = ADVICE_CODES[code].remedy == Remedy.NEVER_AGAIN
    payment = declined("3001: Insufficient funds", merchant_advice_code=f"{code}: words")
    assert way_on(record(), payment) == (None if never else "backup")


@pytest.mark.parametrize("reason", THREEDS_REASONS)
def test_a_card_that_is_stolen_is_the_end(reason: str) -> None:
    """Nor is a link made for whoever holds it."""
    payment = declined("33333: 3D Secure failed", threeds_status_reason=f"{reason}: words")
    forbidden = THREEDS_REASONS[reason].remedy == Remedy.NEVER_AGAIN
    assert (way_on(record(further="link"), payment) is None) == (
        forbidden or THREEDS_REASONS[reason].remedy == Remedy.UPDATE_CARD
    )
    assert way_on(record(further="backup"), payment) in (None, "backup")


@pytest.mark.parametrize(
    "payment",
    [
        declined(None),
        declined("9999: Something new"),
        declined("no code at all"),
        declined("3001: Insufficient funds", merchant_advice_code="22: something new"),
        declined("3001: Insufficient funds", threeds_status_reason="99"),
    ],
)
def test_what_is_not_known_is_the_end(payment: Payment) -> None:
    """A code that nobody here understands may say "never again"."""
    assert way_on(record(), payment) is None


def test_an_order_goes_on_only_as_it_was_asked_to() -> None:
    """Without a backup none is tried, without a link none is made."""
    soft, customer = declined("3001: Insufficient funds"), declined("3014: SCA Required")
    ways = [(way_on(record(further=further), soft), way_on(record(further=further), customer)) for further in
            ("", "backup", "link", "backup link")]  # fmt: skip
    assert ways == [(None, None), ("backup", None), (None, "needs_customer"), ("backup", "needs_customer")]


def test_only_a_recurring_charge_asks_for_a_new_card() -> None:
    """Whoever has just typed a card knows that it was declined."""
    old = declined("3006: Invalid card number")
    assert way_on(record(further="link"), old) is None
    assert way_on(record(further="link", last4=""), old) == "needs_customer"
    assert way_on(record(further="backup link", last4=""), old) == "backup"


def test_a_parked_order_and_one_that_went_on_already_go_no_further() -> None:
    """Of the one a human decides; the other has had its turn."""
    soft = declined("3001: Insufficient funds")
    assert way_on(record(state=states.PARKED), soft) is None
    assert way_on(record(state=states.PENDING, successor="ORD-1-a2"), soft) is None


@pytest.mark.parametrize("state", [states.SENDING, states.UNKNOWN, states.PENDING])
def test_worker_and_resolver_take_the_same_turn(state: str) -> None:
    """Whoever learns of the decline: one call makes it known and creates what goes on."""
    call = ending_of(record(state=state), declined("3001: Insufficient funds"))
    assert (call.script, call.args[3:8]) == ("succeed", ("ORD-1-a2", "ORD-1-a2", "link", "backup", PAYMENT.id))


@pytest.mark.parametrize("status", ["approved", "pending", "processing"])
def test_nothing_but_a_decline_is_continued(status: Any) -> None:
    """Whatever else the gateway says is recorded as it is."""
    assert ending_of(record(), replace(PAYMENT, status=status, error="3001: odd")).script == "settle"


def test_the_first_order_is_told_and_so_is_what_goes_on() -> None:
    """Pending, and why, and who goes on; then that one's own beginning."""
    call = ending_of(record(further="link"), declined("3014: SCA Required"))
    news, own, begun = [told(call.args[at]) for at in (9, 11, 13)]
    assert own is None
    assert news and begun
    assert (news.state, news.reason, news.successor, news.error) == (
        "pending", "needs_customer", "ORD-1-a2", "3014: SCA Required",
    )  # fmt: skip
    assert (begun.order_id, begun.root, begun.attempt_ref) == ("ORD-1-a2", "ORD-1", token_of("ORD-1-a2"))


def test_one_between_ends_and_the_first_is_told_anew() -> None:
    """The backup is declined for good, and its root waits for the link."""
    call = ending_of(record("ORD-1-a2", further="link", root="ORD-1"), declined("3014: SCA Required"))
    own, news, begun = [told(call.args[at]) for at in (9, 11, 13)]
    assert own and news and begun
    assert (own.order_id, own.state, own.root) == ("ORD-1-a2", "declined", "ORD-1")
    assert (news.order_id, news.state, news.successor) == ("ORD-1", "pending", "ORD-1-a3")
    assert (begun.order_id, begun.state) == ("ORD-1-a3", "accepted")


def test_a_turn_that_waits_on_disk_is_the_same_turn(tmp_path: Path) -> None:
    """The spool gives it back as it was, and nothing of a card is in it."""
    call = ending_of(record(), declined("3001: Insufficient funds"))
    spool = Spool(tmp_path, "w1")
    spool.append(call)
    with spool.taken() as kept:
        assert [(each.script, each.args) for each in kept] == [("succeed", call.args)]


@pytest.mark.parametrize("state", sorted(set(states.STATES) - states.TERMINAL))
def test_a_chain_is_open_while_its_last_order_is(state: str) -> None:
    """Unknown, parked or pending: nothing is said of the first."""
    assert closed(root(), record("ORD-1-a2", state=state, root="ORD-1")) is None


def test_a_chain_that_was_paid_ends_approved() -> None:
    """With the payment and the account that has it, and without the decline of before."""
    last = record("ORD-1-a2", state="approved", payment_id="p2", lane="other", card_brand="Visa")
    call = closed(root(), last)
    assert call is not None
    fields = fields_of(call.args)
    assert (call.args[3], fields["payment_id"], fields["lane"], fields["error"]) == ("approved", "p2", "other", "")
    event = told(call.args[5])
    assert event is not None
    assert (event.payment_id, event.account, event.successor) == ("p2", "other", "ORD-1-a2")


def test_a_chain_that_was_declined_ends_with_the_last_decline() -> None:
    """What the second bank said is what is true now."""
    last = record("ORD-1-a2", state="declined", payment_id="p2", error="3004: Not permitted")
    call = closed(root(), last)
    assert call is not None
    fields = fields_of(call.args)
    assert (call.args[3], fields["payment_id"], fields["error"], fields["reason"]) == (
        "declined", "p2", "3004: Not permitted", "",
    )  # fmt: skip


@pytest.mark.parametrize("state", sorted(states.TERMINAL - {states.APPROVED, states.DECLINED}))
def test_what_was_never_charged_leaves_the_decline_before_it(state: str) -> None:
    """The order is declined, as its bank has said, and why nothing came after that is told."""
    call = closed(root(), record("ORD-1-a3", state=state, reason="link_unpaid"))
    assert call is not None
    fields = fields_of(call.args)
    assert (call.args[3], fields["payment_id"], fields["error"], fields["reason"]) == (
        "declined", "p1", "3001: Insufficient funds", "link_unpaid",
    )  # fmt: skip


@pytest.mark.parametrize("state", sorted(states.TERMINAL))
def test_an_order_that_was_sent_once_more_ends_as_the_other(state: str) -> None:
    """Without a decline of its own it is not declined unless that one was; why it was not charged is told."""
    last = record("ORD-1-a2", state=state, reason="expired")
    call = closed(record(state="pending", reason="new_attempt", successor="ORD-1-a2"), last)
    assert call is not None
    ends = {states.APPROVED: states.APPROVED, states.DECLINED: states.DECLINED}
    assert call.args[3] == ends.get(state, states.NOT_CHARGED)
    assert fields_of(call.args)["reason"] == ("" if state in ends else "expired")


def root() -> Record:
    """The first order, while another goes on for it."""
    facts = {"successor": "ORD-1-a2", "error": "3001: Insufficient funds", "declined_payment_id": "p1"}
    return record(state="pending", reason="backup", **facts)


def told(event: object) -> PaymentData | None:
    """What the event tells, if there is one."""
    assert isinstance(event, bytes)
    data = decode(event).data if event else None
    assert data is None or isinstance(data, PaymentData)
    return data


def fields_of(args: tuple[Any, ...]) -> dict[str, Any]:
    """The fields that a settle call writes."""
    return dict(zip(args[8::2], args[9::2], strict=True))
