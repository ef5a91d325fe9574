"""Holds, card checks and 3-D Secure data of a charge. What must be refused is in the tables of bad inputs."""

import pytest

from cardinity_client.models.threeds import Address, BrowserInfo, CardholderInfo, ThreedsRequest
from producers.contract.versions import WRITTEN, WRITTEN_WITH_MORE
from producers.errors import InvalidCommand
from tests.unit.contract.builders import ABSENT, a_charge, card_fields, parsed, reference_fields, sealed, threeds_fields

ADDRESS = {"address_line1": "Gedimino pr. 1", "city": "Vilnius", "country": "LT", "postal_code": "01103"}


def test_all_that_a_bank_may_be_told_is_read() -> None:
    """Every part of the gateway's `threeds2_data` becomes a part of the client's value."""
    given = threeds_fields(billing_address=ADDRESS, delivery_address={**ADDRESS, "address_line2": "2"})
    browser = BrowserInfo("text/html", "lt-LT", 1440, 900, "full-screen", "Mozilla/5.0", 24, -120, "192.0.2.7")
    expected = ThreedsRequest(
        "https://shop.example/3ds",
        browser,
        Address("Gedimino pr. 1", "Vilnius", "LT", "01103"),
        Address("Gedimino pr. 1", "Vilnius", "LT", "01103", "2"),
        CardholderInfo("ona@shop.example"),
    )
    assert a_charge(threeds2_data=given).threeds == expected


@pytest.mark.parametrize("nothing", [None, "", ABSENT])
def test_what_is_not_given_is_a_plain_charge(nothing: object) -> None:
    """Absent, null and empty are the same, and leave the charge as it always was."""
    charge = a_charge(threeds2_data=nothing, settle=nothing, statement_descriptor_suffix=nothing)
    assert (charge, charge.is_plain) == (a_charge(), True)


def test_everything_that_is_wrong_is_told_at_once_with_its_path() -> None:
    """Errors of the browser stand beside those of the amount."""
    wrong = threeds_fields(notification_url="shop", cardholder_info={"email_address": 7})
    with pytest.raises(InvalidCommand) as refusal:
        parsed(card_fields(amount="1", threeds2_data=wrong))
    assert [(error.field, error.code) for error in refusal.value.errors] == [
        ("amount", "amount_scale"),
        ("threeds2_data.notification_url", "url_format"),
        ("threeds2_data.cardholder_info.email_address", "text_type"),
    ]


@pytest.mark.parametrize(("given", "settle"), [(True, True), (False, False), ("true", True), ("false", False)])
def test_settle_is_a_flag_or_the_cell_of_a_file(given: object, settle: bool) -> None:
    """CSV has no booleans."""
    assert a_charge(settle=given).settle is settle


@pytest.mark.parametrize(("amount", "currency"), [("0.00", "EUR"), ("0", "JPY"), ("0.000", "KWD"), ("0.50", "EUR")])
def test_nothing_at_all_checks_a_card(amount: str, currency: str) -> None:
    """Where nothing is to be taken, zero is an amount; what lies between is none."""
    assert a_charge(amount=amount, currency=currency, settle=False).amount.text == amount


def test_only_what_few_charges_have_takes_the_newer_envelope() -> None:
    """A plain charge is written as before, byte for byte in its header; a worker of before opens it."""
    more = (
        a_charge(settle=False),
        a_charge(statement_descriptor_suffix="Kettles"),
        a_charge(threeds2_data=threeds_fields()),
        parsed(reference_fields(settle=False)),
    )
    assert [sealed(charge)[0] for charge in (a_charge(), *more)] == [WRITTEN.number, *[WRITTEN_WITH_MORE.number] * 4]


def test_personal_data_are_not_readable_in_the_envelope() -> None:
    """Nothing of the customer stands in the clear part."""
    data = sealed(a_charge(threeds2_data=threeds_fields()))
    assert [word for word in (b"ona@", b"192.0.2.7", b"Mozilla", b"shop.example") if word in data] == []
