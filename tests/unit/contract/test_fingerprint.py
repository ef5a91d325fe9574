"""A fingerprint tells instruments apart and tells nothing else."""

import pytest

from cardinity_client.secret import Secret
from producers.contract.commands import Charge
from producers.contract.fingerprint import instrument_fingerprint
from tests.unit.contract.builders import a_charge, parsed, reference_fields

KEY = Secret(b"f" * 32)


def test_one_card_has_one_fingerprint() -> None:
    """Amount, order and account of the charge do not matter."""
    other = a_charge(order_id="ORD-2", amount="1.00", account="other", description="x")
    assert fingerprint(a_charge()) == fingerprint(other)


@pytest.mark.parametrize(
    "changes",
    [{"pan": "5555555555554444"}, {"exp_month": 5}, {"exp_year": 2032}, {"holder": "Ona Petraitytė"}],
    ids=lambda changes: str(*changes),
)
def test_another_card_has_another_fingerprint(changes: dict[str, object]) -> None:
    """Number, expiry and holder all count."""
    assert fingerprint(a_charge()) != fingerprint(a_charge(**changes))


def test_the_cvc_leaves_no_trace() -> None:
    """Cards that differ in their CVC alone share a fingerprint: nothing that outlives the charge knows it."""
    assert fingerprint(a_charge(cvc="123")) == fingerprint(a_charge(cvc="999"))


def test_a_reference_has_a_fingerprint_of_its_own() -> None:
    """Two payment_ids differ."""
    other = parsed(reference_fields(payment_id="00000000-0000-0000-0000-000000000000"))
    assert fingerprint(parsed(reference_fields())) != fingerprint(other)


def test_another_key_gives_another_fingerprint() -> None:
    """Without the key nobody can try card numbers."""
    assert fingerprint(a_charge()) != instrument_fingerprint(a_charge(), Secret(b"g" * 32))


def test_a_fingerprint_never_changes() -> None:
    """The value is in ledgers: computed today as on the first day."""
    assert (fingerprint(a_charge()), fingerprint(parsed(reference_fields()))) == (
        "4dde783419b5851dfbd41f0023261d07",
        "28d69344d50ecaf500507239decbb035",
    )


def fingerprint(charge: Charge) -> str:
    """Under the key of these tests."""
    return instrument_fingerprint(charge, KEY)
