"""The gateway's JSON: what is written for a charge, what is read from payments and lists."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cardinity_client import CreatePayment, Money, Payment, PaymentReference
from cardinity_client.models import Card, ThreedsV1, ThreedsV2
from cardinity_client.secret import Secret
from cardinity_client.wire import PageReader, encode_payment, parse_payment, valid_id
from tests.unit.client.builders import CARD, PAYMENT_ID, encoded, payment_row


def parsed(**changes: Any) -> Payment:
    return parse_payment(encoded(payment_row(**changes)))


def test_a_card_charge_is_written_as_the_gateway_wants_it() -> None:
    """Amounts are text, the expiry is numbers, and no member is there that was not asked for."""
    assert json.loads(encode_payment(CreatePayment("ORD-1", Money(2550, "EUR"), "LT", None, CARD))) == {
        "amount": "25.50",
        "currency": "EUR",
        "settle": True,
        "order_id": "ORD-1",
        "country": "LT",
        "payment_method": "card",
        "payment_instrument": {
            "pan": "4111111111111111",
            "exp_year": 2031,
            "exp_month": 4,
            "cvc": "123",
            "holder": "Ona Petraityte",
        },
    }


def test_a_repeated_charge_names_the_earlier_payment() -> None:
    """A charge by reference carries no card, an authorisation says so, a description is passed on."""
    request = CreatePayment("ORD-1", Money(500, "JPY"), "JP", "Žuvis ☕", PaymentReference(PAYMENT_ID), settle=False)
    body = json.loads(encode_payment(request))
    assert (body["payment_method"], body["payment_instrument"]) == ("recurring", {"payment_id": PAYMENT_ID})
    assert (body["settle"], body["amount"], body["description"]) == (False, "500", "Žuvis ☕")


def test_an_order_by_mail_has_no_code() -> None:
    """A card without a security code is written without the member."""
    card = Card(Secret("4111111111111111"), 4, 2031, None, "Ona Petraityte")
    body = json.loads(encode_payment(CreatePayment("ORD-1", Money(100, "EUR"), "LT", "CRD-MOTO", card)))
    assert "cvc" not in body["payment_instrument"]


def test_a_payment_is_read_whole() -> None:
    """Every member that is known is read, every other is ignored."""
    assert parsed(
        status="declined",
        error="3000: Do Not Honor",
        merchant_advice_code="03: Do not try again",
        threeds_status_reason="01: Card authentication failed",
        fee=0.25,
        links=[{"rel": "self"}],
    ) == Payment(
        id=PAYMENT_ID,
        order_id="ORD-1",
        amount=Money(1000, "EUR"),
        created_at=datetime(2026, 1, 15, 10, 0, 0, 123_000, UTC),
        status="declined",
        type="purchase",
        live=False,
        last4="1111",
        brand="Visa",
        error="3000: Do Not Honor",
        merchant_advice_code="03: Do not try again",
        threeds_status_reason="01: Card authentication failed",
    )


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-01-15T10:00:00Z", 0),
        ("2026-01-15T10:00:00.3Z", 300_000),
        ("2026-01-15T10:00:00.12Z", 120_000),
        ("2026-01-15T10:00:00.681Z", 681_000),
        ("2026-01-15T10:00:00.681+00:00", 681_000),
    ],
)
def test_times_have_up_to_three_fractional_digits(text: str, microsecond: int) -> None:
    """`.3Z` is 300 ms, not 3: fractions are read as fractions."""
    assert parsed(created=text).created_at == datetime(2026, 1, 15, 10, 0, 0, microsecond, UTC)


@pytest.mark.parametrize("pan", ["4111111111111111", "411111******1111", 1111, "11", "\u0661111", None])
def test_only_four_digits_of_a_card_are_kept(pan: object) -> None:
    """Whatever the gateway shows of a card, four digits or nothing is kept."""
    assert parsed(payment_instrument={"pan": pan}).last4 is None
    assert parsed(payment_instrument=...).last4 is None


def test_a_three_d_secure_step_is_kept() -> None:
    """Version 2 has acs_url and creq, version 1 url and data; when 2 has failed both are there."""
    second = {"acs_url": "https://acs.example/3ds2", "creq": "3ds2-pass"}
    first = {"url": "https://acs.example", "data": "3d-pass"}
    both = parsed(authorization_information=first, threeds2_data=second)
    assert both.threeds_v1 == parsed(authorization_information=first).threeds_v1 == ThreedsV1(**first)
    assert both.threeds_v2 == parsed(threeds2_data=second).threeds_v2 == ThreedsV2(**second)
    assert (parsed().threeds_v1, parsed().threeds_v2) == (None, None)
    left = parsed(authorization_information=first, threeds2_data={})
    assert (left.threeds_v1, left.threeds_v2) == (ThreedsV1(**first), None)


def test_a_list_is_read_in_its_order() -> None:
    """The page keeps the gateway's order, newest first."""
    page = PageReader()(encoded([payment_row(id="b"), payment_row(id="a")]))
    assert (page.ids, page.count, page.unparsed) == (("b", "a"), 2, 0)
    assert [payment.id for payment in page.payments] == ["b", "a"]


def test_an_empty_list_is_a_page() -> None:
    """A merchant without payments has a page with none."""
    assert PageReader()(b"[]").count == 0


def test_rows_that_cannot_be_read_are_counted() -> None:
    """A row of a new kind costs itself only; its id, where there is one, still links pages."""
    good, doubled = encoded(payment_row(id="a")), encoded(payment_row(id="b"))[:-1] + b',"id":"b"}'
    odd = [
        payment_row(id="c", status="settled"),
        payment_row(id="d", amount=1.5),
        {"id": 7},
        {"id": "../x"},
        "?",
        None,
    ]
    page = PageReader()(b"[" + b",".join([good, doubled, *map(encoded, odd)]) + b"]")
    assert (page.ids, page.count, page.unparsed) == (("a", "b", "c", "d"), 8, 7)
    assert [payment.id for payment in page.payments] == ["a"]


def test_a_row_that_changed_is_read_anew() -> None:
    """The memory of the list before never shows an older state of a payment."""
    reader = PageReader()
    first = reader(encoded([payment_row(id="a", status="pending"), payment_row(id="b")]))
    second = reader(encoded([payment_row(id="a", status="approved"), payment_row(id="b")]))
    assert [[payment.status for payment in page.payments] for page in (first, second)] == [
        ["pending", "approved"],
        ["approved", "approved"],
    ]


@pytest.mark.parametrize("text", ["", "a/b", "..", "a?b", "a b", "a\n", "-a", "a" * 65, "ä", "%2e"])
def test_ids_are_safe_in_a_path(text: str) -> None:
    """Nothing that could leave its place in a URL is an id."""
    assert not valid_id(text)
