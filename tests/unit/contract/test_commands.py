"""What a good charge becomes, and what is told of one that is wrong in several ways."""

from dataclasses import replace

import pytest

from cardinity_client.models.payments import Card, PaymentReference
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract.card_numbers import TEST_CARDS
from producers.contract.commands import BATCH_COLUMNS, Charge, parse_charge, warnings_of
from producers.errors import FieldError, InvalidCommand
from tests.inputs.cards import LIVE_PAN
from tests.unit.contract.builders import (
    ABSENT,
    CARD,
    NOW_MS,
    PAN,
    PAYMENT_ID,
    a_charge,
    card_fields,
    nested_fields,
    parsed,
    reference_fields,
)


def test_a_charge_is_what_its_fields_say() -> None:
    """Every field arrives as the value it means."""
    card = Card(Secret(PAN), 4, 2031, Secret("123"), "Ona Petraityte")
    expected = Charge("ORD-1001", Money(2550, "EUR"), "LT", "Blue kettle", card, "default", None)
    assert parsed(card_fields()) == expected


def test_the_gateways_own_form_is_the_same_charge() -> None:
    """Nested as the gateway nests it, the charge is equal to the flat one."""
    assert parsed(nested_fields()) == parsed(card_fields())


def test_cells_are_read_as_numbers() -> None:
    """CSV has strings only: month, year and expiry may be digits."""
    cells = card_fields(exp_month="04", exp_year="2031", expires_at_ms=str(NOW_MS + 1))
    assert parsed(cells) == a_charge(expires_at_ms=NOW_MS + 1)


def test_an_empty_cell_is_an_absent_field() -> None:
    """A CSV row without an optional value equals a request without the field."""
    empty = card_fields(description="", account="", payment_id="", payment_method="", expires_at_ms="")
    assert parsed(empty) == a_charge(description=ABSENT, account=ABSENT)


def test_null_is_an_absent_field() -> None:
    """JSON null means what leaving the field out means."""
    assert parsed(card_fields(description=None, payment_instrument=None)) == a_charge(description=ABSENT)


def test_a_reference_needs_no_card() -> None:
    """A payment_id alone makes a recurring charge."""
    assert parsed(reference_fields()).instrument == PaymentReference(PAYMENT_ID)


def test_a_reference_may_be_nested_and_named() -> None:
    """The gateway's own recurring form is understood."""
    fields = reference_fields(
        payment_id=ABSENT, payment_method="recurring", payment_instrument={"payment_id": PAYMENT_ID}
    )
    assert parsed(fields) == parsed(reference_fields())


def test_mail_orders_need_no_cvc() -> None:
    """A description that starts with CRD-MOTO makes the CVC optional, as at the gateway."""
    instrument = a_charge(cvc=ABSENT, description="CRD-MOTO kettle").instrument
    assert isinstance(instrument, Card) and instrument.cvc is None


@pytest.mark.parametrize("pan", sorted(TEST_CARDS))
def test_every_published_test_card_is_taken_in_test_mode(pan: str) -> None:
    """All of the gateway's test cards pass, the 13-digit one too."""
    assert a_charge(pan=pan).order_id == "ORD-1001"


def test_a_real_card_is_taken_in_live_mode() -> None:
    """What is refused in test mode is what live mode wants."""
    assert parsed(card_fields(pan=LIVE_PAN), mode="live").order_id == "ORD-1001"


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("0.50", "EUR", 50), ("9999999.99", "EUR", 999_999_999), ("1", "JPY", 1), ("0.500", "KWD", 500)],
)
def test_the_least_and_the_most_of_a_currency_pass(amount: str, currency: str, minor: int) -> None:
    """The bounds themselves are inside."""
    assert a_charge(amount=amount, currency=currency).amount == Money(minor, currency)


@pytest.mark.parametrize("order_id", ["ab", "a" * 47, "ORD-1.2", "20260115-000001", "x-a", "x-a2b", "-a.", "a2"])
def test_order_ids_within_the_rules_pass(order_id: str) -> None:
    """Two to 47 of the charset, and only a real `-a<digits>` end is reserved."""
    assert a_charge(order_id=order_id).order_id == order_id


@pytest.mark.parametrize("text", ["Arbatinukas žalias", "カップ", "👩\u200d🍳 apron", "Invoice 20260115120000123456"])
def test_descriptions_of_the_world_pass(text: str) -> None:
    """Letters of any script, joined emoji and long numbers that are no cards are fine."""
    assert a_charge(description=text).description == text


def test_a_card_is_good_until_its_month_is_over_everywhere() -> None:
    """On the last day's evening in UTC it is still that month somewhere; twelve hours later it is not."""
    fields = card_fields(exp_month=12, exp_year=2025)
    new_year_ms = NOW_MS - (14 * 24 + 10) * 3_600_000
    assert parse_charge(fields, now_ms=new_year_ms + 11 * 3_600_000, mode="test").order_id == "ORD-1001"
    with pytest.raises(InvalidCommand):
        parse_charge(fields, now_ms=new_year_ms + 12 * 3_600_000, mode="test")


def test_everything_wrong_is_told_at_once() -> None:
    """One error per wrong field, in the order of the fields, unknown ones last."""
    fields = card_fields(order_id="a", amount="1e3", currency="eur", country="xx", cvc="1", holder="", amout="1")
    with pytest.raises(InvalidCommand) as caught:
        parsed(fields)
    assert [error.code for error in caught.value.errors] == [
        "order_id_length",
        "currency_unknown",
        "amount_format",
        "country_unknown",
        "card_cvc_length",
        "card_holder_missing",
        "field_unknown",
    ]


@pytest.mark.parametrize("amount", ["1000", "10.00", "10.000"])
def test_decimals_are_not_judged_without_a_currency(amount: str) -> None:
    """Under a wrong currency no number of decimals is wrong: one mistake, one error."""
    with pytest.raises(InvalidCommand) as caught:
        parsed(card_fields(amount=amount, currency="yen"))
    assert [error.code for error in caught.value.errors] == ["currency_unknown"]


def test_a_typing_error_gets_a_suggestion() -> None:
    """`amout` is answered with `amount`."""
    with pytest.raises(InvalidCommand) as caught:
        parsed(card_fields(amout="10.00"))
    assert caught.value.errors == (FieldError("amout", "field_unknown", 'does not exist; did you mean "amount"?'),)


def test_a_typing_error_inside_the_instrument_gets_a_suggestion() -> None:
    """Nested names are compared with nested names, and the path is told."""
    with pytest.raises(InvalidCommand) as caught:
        parsed(nested_fields(exp_mont=4))
    (error,) = caught.value.errors
    assert (error.field, "exp_month" in error.message) == ("payment_instrument.exp_mont", True)


def test_a_flood_of_unknown_fields_is_answered_briefly() -> None:
    """Of a thousand unknown fields eight are told."""
    with pytest.raises(InvalidCommand) as caught:
        parsed({**card_fields(), **{f"field{'x' * (n % 20)}_{'y' * (n // 20)}": n for n in range(400)}})
    assert len(caught.value.errors) == 8


def test_a_reserved_description_is_a_warning() -> None:
    """`fail` in test mode is accepted and warned of."""
    (warning,) = warnings_of(a_charge(description="fail"), mode="test")
    assert (warning.field, warning.code) == ("description", "description_reserved")


def test_nothing_else_is_warned_of() -> None:
    """An ordinary charge has no warnings, nor has `fail` in live mode."""
    assert (warnings_of(a_charge(), mode="test"), warnings_of(a_charge(description="fail"), mode="live")) == (
        (),
        (),
    )


def test_a_charge_does_not_print_its_card() -> None:
    """Neither number nor CVC is in its repr."""
    assert not any(secret in repr(a_charge()) for secret in (PAN, "'123'"))


def test_the_batch_columns_are_the_documented_ones() -> None:
    """The twelve columns, in the order of the documentation."""
    expected = "order_id,amount,currency,country,description,pan,exp_month,exp_year,cvc,holder,payment_id,account"
    assert ",".join(BATCH_COLUMNS) == expected
    assert set(CARD) < set(BATCH_COLUMNS)


def test_a_charge_that_expires_is_otherwise_the_same() -> None:
    """Only the moment changes, whatever else there is in a charge."""
    charge = a_charge(account="other", description="Blue kettle")
    assert charge.expiring(NOW_MS) == replace(charge, expires_at_ms=NOW_MS)


def test_a_charge_of_two_phases_is_asked_for_by_its_mode() -> None:
    """It is no plain charge, and stays what it is with an expiry."""
    charge = parsed(card_fields(mode="two_phase"))
    assert (charge.two_phase, charge.direct, charge.settle, charge.is_plain) == (True, False, True, False)


def test_a_charge_may_insist_on_one_phase() -> None:
    """Its envelope is that of any other: an account's mode is no part of it."""
    charge = parsed(card_fields(mode="direct"))
    assert (charge.two_phase, charge.direct, charge.settle, charge.is_plain) == (False, True, True, True)
    assert charge.expiring(NOW_MS + 1000).direct
    assert charge.expiring(NOW_MS + 1) == replace(charge, expires_at_ms=NOW_MS + 1)


@pytest.mark.parametrize("nothing", [None, "", ABSENT])
def test_without_a_mode_a_charge_is_plain(nothing: object) -> None:
    """An empty mode is none."""
    assert parsed(card_fields(mode=nothing)) == parsed(card_fields())
