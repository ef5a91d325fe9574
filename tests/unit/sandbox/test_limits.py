"""What a payment allows: whatever is asked, in whatever order, no more goes back or is taken than there was."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.money import Money
from cardinity_client.sandbox import Rule, SandboxSettings
from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.catalogue import CATALOGUE, Landing
from cardinity_client.sandbox.deeds import perform
from cardinity_client.sandbox.records.limits import Standing, problem, refusal_by_bank
from cardinity_client.sandbox.records.record import Kind, Record
from cardinity_client.sandbox.records.recording import Recording, recording
from cardinity_client.sandbox.records.requests import WantedRecord
from cardinity_client.sandbox.wire import Answer, Instrument, Payment
from tests.unit.sandbox.clock import ManualClock

PAYMENT_ID = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
KINDS: tuple[Kind, ...] = ("refund", "settlement", "void")
#: A kind, an amount in minor units, a description, and whether it comes to light only later.
ASKED = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.integers(0, 1200), st.sampled_from(["a", "b", "fail"]), st.sampled_from([0, 5, 50])
    ),
    max_size=12,
)


@given(asked=ASKED, hold=st.booleans(), several=st.booleans())
def test_no_more_than_there_was(asked: list[tuple[Kind, int, str, int]], hold: bool, several: bool) -> None:
    """Refunds add up to what was paid at most, settlements to what was held, and a void excludes a settlement."""
    clock = ManualClock()
    account = Account(SandboxSettings(several_settlements=several), clock)
    account.book.put(_payment(hold))
    for kind, minor, description, late_ms in asked:
        clock.advance(10)
        account.tallies.note_post(kind, PAYMENT_ID, description)
        body = {"amount": Money(minor, "EUR").text, "description": description}
        deed = recording(account, kind, _payment(hold), body, late_ms)
        if isinstance(deed, Recording) and late_ms:
            account.agenda.later(late_ms, partial(_land_late, deed))
        else:
            perform(account, deed)
        _assert_sound(account, hold, several)
    clock.advance(100)
    _assert_sound(account, hold, several)


@pytest.mark.parametrize("status", ["approved", "processing"])
def test_what_is_on_its_way_is_spoken_for(status: Any) -> None:
    """A refund in processing takes its amount as an approved one does."""
    standing = _standing(_payment(False), _record("refund", "9.00", status))
    assert problem("refund", WantedRecord(Money(100, "EUR"), None), standing) is None
    assert problem("refund", WantedRecord(Money(101, "EUR"), None), standing) is not None


def test_a_declined_record_takes_nothing() -> None:
    """The whole amount is still there."""
    standing = _standing(_payment(False), _record("refund", "9.00", "declined"))
    assert problem("refund", WantedRecord(Money(1000, "EUR"), None), standing) is None


@pytest.mark.parametrize(("kind", "no"), [("refund", True), ("void", True), ("chargeback", False), ("rdr", False)])
def test_only_what_a_merchant_asks_can_fail_by_its_description(kind: Kind, no: bool) -> None:
    """A dispute described as `fail` is the bank's own word."""
    refusal = refusal_by_bank(kind, WantedRecord(None, "fail"), _standing(_payment(True)), hold_days=7)
    assert (refusal is not None) == no


def test_every_end_is_in_the_catalogue() -> None:
    """Each way to land is one that some fault has."""
    assert {fault.landing for fault in CATALOGUE.values()} == set(Landing)


def test_a_refusal_is_an_answer() -> None:
    """Nothing lands for what is refused."""
    account = Account(SandboxSettings(), ManualClock())
    account.book.put(_payment(False))
    refused = recording(account, "refund", _payment(False), {"amount": "10.01"})
    assert isinstance(refused, Answer)
    assert perform(account, refused) is refused
    assert account.records.of_payment("refund", PAYMENT_ID) == []


def test_rules_for_one_operation_leave_the_others_alone() -> None:
    """Each operation counts its own posts and has shares of its own."""
    account = Account(SandboxSettings(faults=(Rule("html_200", operation="refund", times=1),)), ManualClock())
    facts = (PAYMENT_ID, "token")
    assert account.faults.of_post("o-1") is None
    assert account.faults.of("void").of_post(facts, "o-1", "token") is None
    struck = [account.faults.of("refund").of_post(facts, "o-1", "token") for _ in range(2)]
    assert [rule is not None for rule in struck] == [True, False]


def _land_late(deed: Recording, due_ms: int) -> None:
    if deed.holds():
        deed.land(due_ms)


def _assert_sound(account: Account, hold: bool, several: bool) -> None:
    taken = {
        kind: [r for r in account.records.of_payment(kind, PAYMENT_ID) if r.status != "declined"] for kind in KINDS
    }
    settled = _sum(taken["settlement"])
    assert settled <= (1000 if hold else 0)
    assert _sum(taken["refund"]) <= (settled if hold else 1000)
    assert len(taken["void"]) <= (1 if hold else 0)
    assert not (taken["void"] and taken["settlement"])
    assert several or len(taken["settlement"]) <= 1


def _sum(records: list[Record]) -> int:
    return sum(Money.parse(record.amount, record.currency).minor for record in records)


def _standing(payment: Payment, *records: Record) -> Standing:
    return Standing(payment, 0, lambda kind: [record for record in records if record.type == kind])


def _record(kind: Kind, amount: str, status: Any) -> Record:
    return Record(
        id="id", amount=amount, currency="EUR", type=kind, created="", live=False, parent_id=PAYMENT_ID, status=status
    )


def _payment(hold: bool) -> Payment:
    return Payment(
        id=PAYMENT_ID,
        amount="10.00",
        currency="EUR",
        created="2026-01-15T10:00:00.123Z",
        type="authorization" if hold else "purchase",
        live=False,
        status="approved",
        country="LT",
        payment_method="card",
        payment_instrument=Instrument("Visa", "1111", 2031, 4, "Ona Petraityte"),
    )
