"""Orders that have left the ledger, as whoever uses the public API meets them: ended, and never accepted again."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import redis

from producers import AsyncEnqueuer, Enqueuer, InvalidCommand, NotFinalizable, Order, OrderConflict, Settings
from producers.contract.commands import Charge, parse_charge
from producers.order_records import as_record
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys, retire_calls
from producers.runtime.ledger.executors import SyncLedger
from tests import ledgers
from tests.integration.enqueuer.test_enqueuer import CHARGE, settings_for
from tests.stack import CARD

PAYMENT = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
REFUND = {"order_id": "RET-1", "payment_id": PAYMENT, "amount": "4.00", "currency": "EUR"}
SPLIT = {
    "split_id": "SPL-1", "total": "10.00", "currency": "EUR", "country": "LT", **CARD, "all_or_nothing": True,
    "parts": [{"recipient": "a", "amount": "4.00"}, {"recipient": "b", "amount": "6.00"}],
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: pytest.TempPathFactory, queue_url: str, ledger_url: str) -> Settings:
    return settings_for(tmp_path, queue_url, ledger_url)  # type: ignore[arg-type]


@pytest.fixture
def enqueuer(settings: Settings) -> Iterator[Enqueuer]:
    with Enqueuer(settings) as subject:
        yield subject


@pytest.fixture
def ledger(enqueuer: Enqueuer, ledger_url: str) -> Iterator[SyncLedger]:
    """The enqueuer's, as a worker reaches it."""
    with redis.Redis.from_url(ledger_url, protocol=2) as client:
        yield SyncLedger(client, client.get(keys.EPOCH).decode())


def leaves(ledger: SyncLedger, order_id: str = "ORD-1", state: str = "approved", **fields: str) -> None:
    """It is taken, ends, and leaves."""
    ledgers.claim(ledger, order_id=order_id)
    ledgers.give_credits(ledger)
    ledgers.intend(ledger, order_id=order_id)
    ledgers.settle(ledger, state, order_id=order_id, **fields)
    ledger.read("DEL", keys.SPLITS)  # as when its end was told
    assert ledger.run(retire_calls.retire(ledgers.read(ledger, order_id), kept_ms=0)) == "retired"


def charge(**more: object) -> Charge:
    return parse_charge({**CHARGE, **more}, now_ms=int(time.time() * 1000), mode="test")


def test_the_same_call_is_answered_with_the_outcome(enqueuer: Enqueuer, ledger: SyncLedger) -> None:
    """However late; and so is whoever looks, waits, or calls it back."""
    enqueuer.charge(**CHARGE)
    leaves(ledger, payment_id=PAYMENT)
    again, found = enqueuer.charge(**CHARGE), enqueuer.get("ORD-1")
    assert again == found == enqueuer.wait("ORD-1", timeout_s=1) == enqueuer.cancel("ORD-1")
    assert (found.state, found.payment_id, found.amount.text, found.account) == (
        "approved", PAYMENT, "10.00", "default",
    )  # fmt: skip
    assert found.final and found.archived and not again.new
    record = as_record(found)
    assert (record["archived"], record["created_at"]) == (True, None)
    assert str(record["since"]).endswith(".000Z")


@pytest.mark.parametrize(
    ("other", "fields"),
    [
        ({"amount": "11.00"}, ("amount",)),
        ({"currency": "USD"}, ("currency",)),
        ({"holder": "Somebody Else"}, ("payment_instrument",)),
        ({"country": "LV"}, ("content",)),
        ({"mode": "two_phase"}, ("mode",)),
    ],
)
def test_other_content_is_a_conflict(
    enqueuer: Enqueuer, ledger: SyncLedger, other: dict[str, object], fields: tuple[str, ...]
) -> None:
    """As it was before the order left, for one call and for many."""
    enqueuer.charge(**CHARGE)
    leaves(ledger, payment_id=PAYMENT)
    with pytest.raises(OrderConflict) as caught:
        enqueuer.charge(**{**CHARGE, **other})
    assert caught.value.fields == fields
    (conflict,) = enqueuer.conflicts([charge(**other)])
    assert conflict is not None and conflict.fields == fields
    (told,) = enqueuer.charge_many([charge(**other)])
    assert isinstance(told, OrderConflict)


def test_a_batch_that_is_submitted_again_accepts_nothing_twice(enqueuer: Enqueuer, ledger: SyncLedger) -> None:
    """Some of its orders are here, and some have left."""
    orders = [charge(order_id=f"ORD-{number}") for number in (1, 2)]
    assert [order.state for order in enqueuer.charge_many(orders, batch="b1") if isinstance(order, Order)] == [
        "accepted", "accepted",
    ]  # fmt: skip
    leaves(ledger, "ORD-1", "declined", payment_id=PAYMENT)
    assert list(enqueuer.conflicts(orders)) == [None, None]
    again = [order for order in enqueuer.charge_many(orders, batch="b1") if isinstance(order, Order)]
    assert [(order.state, order.archived) for order in again] == [("declined", True), ("accepted", False)]


def test_what_followed_a_payment_is_told_with_it(enqueuer: Enqueuer, ledger: SyncLedger) -> None:
    """A refund names its payment and itself; the payment can still be refunded once its own order has left."""
    enqueuer.charge(**CHARGE)
    leaves(ledger, payment_id=PAYMENT)
    enqueuer.refund(**REFUND)
    leaves(ledger, "RET-1", follow_up_id="of-the-refund")
    refund = enqueuer.refund(**REFUND)
    assert (refund.kind, refund.state, refund.payment_id, refund.follow_up_id) == (
        "refund", "approved", PAYMENT, "of-the-refund",
    )  # fmt: skip
    with pytest.raises(OrderConflict):
        enqueuer.refund(**{**REFUND, "payment_id": PAYMENT.replace("3f", "4f")})


def test_an_order_that_has_left_waits_for_no_customer(enqueuer: Enqueuer, ledger: SyncLedger) -> None:
    """An answer that comes after a decision is taken for what it is; what was never asked is said so."""
    enqueuer.charge(**CHARGE)
    leaves(ledger, payment_id=PAYMENT)
    assert enqueuer.finalize("ORD-1", cres="3ds2-pass").state == "approved"
    enqueuer.charge(**{**CHARGE, "order_id": "ORD-2"})
    leaves(ledger, "ORD-2", "rejected")
    with pytest.raises(NotFinalizable):
        enqueuer.finalize("ORD-2", cres="3ds2-pass")
    with pytest.raises(InvalidCommand):
        enqueuer.cancel_link("ORD-1")


def test_a_payment_in_parts_is_read_off_what_is_left(enqueuer: Enqueuer, ledger: SyncLedger) -> None:
    """One part was declined, the other given back; of all three orders only tombstones are left."""
    assert enqueuer.split(**SPLIT).new
    leaves(ledger, "SPL-1.1", payment_id=PAYMENT)
    leaves(ledger, "SPL-1.2", "declined")
    assert enqueuer.get_split("SPL-1").state == "compensating"
    undo = {**REFUND, "order_id": "SPL-1.1-r"}
    enqueuer.refund(**undo)
    leaves(ledger, "SPL-1.1-r", follow_up_id="of-the-refund")
    split = enqueuer.split(**SPLIT)
    assert (split.state, split.new, split.parts[0].undone_by) == ("compensated", False, "SPL-1.1-r")


async def test_both_faces_answer_alike(
    enqueuer: Enqueuer, ledger: SyncLedger, settings: Settings, valkey: EmbeddedValkey
) -> None:
    """The asyncio one too."""
    enqueuer.charge(**CHARGE)
    leaves(ledger, payment_id=PAYMENT)
    subject = await AsyncEnqueuer.open(settings)
    try:
        assert await subject.get("ORD-1") == await subject.charge(**CHARGE) == enqueuer.get("ORD-1")
    finally:
        await subject.aclose()
