"""Who the customer is: named by the merchant, bound to the order, and told in one spelling."""

from __future__ import annotations

import pytest

from producers.contract.succession import backup_of
from producers.contract.versions import WRITTEN, WRITTEN_CONTINUED, WRITTEN_IDENTIFIED, version_for
from tests.unit.contract.builders import PAYMENT_ID, a_charge, facts, sealed
from tests.unit.contract.envelopes import contents


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("0:0:0:0:0:0:0:1", "::1"),
    ],
)
def test_an_address_has_one_spelling(given: str, meant: str) -> None:
    """Who writes an address otherwise is the same customer."""
    assert a_charge(customer_ip=given).customer_ip == meant


def test_absent_is_absent_here_too() -> None:
    """Null and empty mean what leaving them out means."""
    assert a_charge(customer=None, customer_ip="") == a_charge()


@pytest.mark.parametrize("name", ["cust-42", "ona@shop.example", "a+b_c.d", "7", "k" * 64])
def test_a_customer_is_named_as_in_subscriptions(name: str) -> None:
    """No e-mail address is needed, and one does."""
    assert a_charge(customer=name).customer == name


@pytest.mark.parametrize("more", [{"customer": "cust-42"}, {"customer_ip": "192.0.2.7"}])
def test_only_envelopes_that_name_a_customer_are_of_the_new_version(more: dict[str, object]) -> None:
    """All others are written as before, byte for byte but for what is drawn."""
    assert version_for(a_charge(**more)) == WRITTEN_IDENTIFIED
    assert version_for(a_charge(**more, needs_customer="link")) == WRITTEN_IDENTIFIED
    assert (version_for(a_charge()), version_for(a_charge(needs_customer="link"))) == (WRITTEN, WRITTEN_CONTINUED)


def test_what_goes_on_is_the_same_customer_s() -> None:
    """The other instrument's order is judged with the same facts, and bound to them."""
    charge = a_charge(customer="cust-42", customer_ip="192.0.2.7", backup={"payment_id": PAYMENT_ID})
    backup = backup_of(charge)
    assert backup is not None
    assert (backup.customer, backup.customer_ip) == ("cust-42", "192.0.2.7")
    assert contents(sealed(backup), expect=facts(backup)).instrument == backup.instrument
