"""How disputes stand, out of the two hashes in which the ledger remembers them."""

from __future__ import annotations

from producers.contract.events import encode
from producers.standing import standings
from tests.house.asyncapi.chargebacks import chargeback_example

_ID = chargeback_example("initiated").data.chargeback_id
_NAME = f"chargeback/{_ID}"
_BOOK = {
    f"{_NAME}/initiated".encode(): encode(chargeback_example("initiated")),
    f"{_NAME}/approved".encode(): encode(chargeback_example("approved", reason="10.4: Other Fraud")),
    _NAME.encode(): b"approved",
}


def test_a_dispute_is_shown_once_in_its_latest_status() -> None:
    """With everything that it stops, whoever else stops that too."""
    stopped = {b"p-1": f"chargeback/other {_NAME}".encode(), b"p-2": b"chargeback/other", b"p-0": _NAME.encode()}
    (standing,) = standings(_BOOK, stopped)
    assert (standing.chargeback.status, standing.chargeback.reason) == ("approved", "10.4: Other Fraud")
    assert (standing.stops, standing.lifted_at_ms) == (("p-0", "p-1"), 0)


def test_a_lifted_one_says_since_when() -> None:
    """By the ledger's clock."""
    (standing,) = standings({**_BOOK, f"{_NAME}/lifted".encode(): b"1768471200123"}, {})
    assert (standing.stops, standing.lifted_at_ms) == ((), 1_768_471_200_123)


def test_of_an_account_without_any_nothing_is_shown() -> None:
    """Two empty hashes."""
    assert standings({}, {}) == []
