"""Validation of POST /v1/payments: what passes, and the complaint about each thing that does not."""

from decimal import Decimal
from typing import Any

import pytest

from cardinity_client.money import Money
from cardinity_client.sandbox.charges import GivenCard, GivenParent, WantedCharge, passes_luhn, read_charge
from tests.unit.sandbox.bodies import card, charge, recurring

PARENT = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"


def test_a_card_payment_is_read() -> None:
    """Every member of a valid request arrives."""
    body = charge(settle=False, description="Blue kettle", statement_descriptor_suffix="KETTLE")
    assert read_charge(body) == WantedCharge(
        amount=Money(1000, "EUR"),
        settle=False,
        country="LT",
        instrument=GivenCard("4111111111111111", 2031, 4, "Ona Petraityte"),
        order_id="order-1",
        description="Blue kettle",
        suffix="KETTLE",
        notification_url=None,
    )


def test_a_recurring_payment_is_read() -> None:
    """A recurring request names its parent and no card."""
    assert _read(recurring(PARENT)).instrument == GivenParent(PARENT)


def test_a_card_number_is_not_in_a_repr() -> None:
    """What a traceback may print of a request holds no card number."""
    assert "4111" not in repr(_read(charge()))


def test_unknown_members_are_ignored() -> None:
    """Bookkeeping of the vendor's own clients does no harm, at any depth."""
    body = charge(method="POST", trailing="", payment_instrument=card(extra=1))
    assert _read(body).amount == Money(1000, "EUR")


def test_null_counts_as_absent() -> None:
    """An optional member may be null."""
    assert _read({**charge(), "description": None, "threeds2_data": None, "settle": None}).settle


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("10.00", "EUR", 1000),
        (Decimal("10.00"), "EUR", 1000),
        (Decimal("10.1"), "EUR", 1010),
        (10, "EUR", 1000),
        (Decimal("1E+1"), "EUR", 1000),
        ("0.50", "EUR", 50),
        ("100", "JPY", 100),
        (1, "JPY", 1),
        ("1.234", "KWD", 1234),
        ("9999999.99", "EUR", 999999999),
    ],
)
def test_amounts_are_strings_or_numbers(value: object, currency: str, minor: int) -> None:
    """Both spellings in use are accepted, with the decimals of the currency."""
    assert _read(charge(amount=value, currency=currency)).amount == Money(minor, currency)


def test_a_card_check_may_be_zero() -> None:
    """0.00 is allowed when nothing is to be settled."""
    assert _read(charge(amount="0.00", settle=False, pan="5555555555554444")).amount.minor == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"currency": "EGR"}, "invalid or unsupported currency"),
        ({"payment_instrument": card(exp_month=13)}, "must be between 1 and 12"),
        ({"payment_instrument": card(pan="4242424242424241")}, "invalid credit card number."),
        ({"payment_instrument": card(cvc="1")}, "invalid cvc code."),
        ({"country": None}, "is required"),
    ],
)
def test_known_messages_are_the_gateways_own(changes: dict[str, Any], message: str) -> None:
    """Where the gateway's wording is known, it is used."""
    assert [error.message for error in _errors(charge(**changes))] == [message]


def test_every_bad_member_is_named_at_once() -> None:
    """An empty object is refused for all that is missing."""
    fields = {error.field for error in _errors({})}
    assert fields == {"amount", "currency", "country", "payment_method", "payment_instrument"}


def test_an_order_by_mail_needs_no_cvc() -> None:
    """A description that starts with CRD-MOTO makes the code optional, and a wrong one is still wrong."""
    assert _read(charge(description="CRD-MOTO 7", payment_instrument=card(cvc=None))).order_id == "order-1"
    assert _errors(charge(description="CRD-MOTO 7", payment_instrument=card(cvc="1")))


def test_a_cvc_may_be_a_number() -> None:
    """A client that sends the code as an integer loses leading zeros and is understood."""
    assert _read(charge(payment_instrument=card(cvc=7))).order_id == "order-1"


@pytest.mark.parametrize(
    ("pan", "passes"),
    [
        ("4111111111111111", True),
        ("4222222222222", True),
        ("378282246310005", True),
        ("4242424242424241", False),
        ("4111111111111112", False),
    ],
)
def test_the_check_digit_counts(pan: str, passes: bool) -> None:
    """Luhn's check tells published test cards from slips of the finger."""
    assert passes_luhn(pan) is passes


def _read(document: object) -> WantedCharge:
    wanted = read_charge(document)
    assert isinstance(wanted, WantedCharge), wanted
    return wanted


def _errors(document: object) -> tuple[Any, ...]:
    errors = read_charge(document)
    assert isinstance(errors, tuple)
    return errors
