"""What belongs to payments in the gateway's JSON: read whole, and written with nothing that was not asked for."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from cardinity_client import (
    Address,
    AuthorizeData,
    BrowserInfo,
    CardholderInfo,
    Chargeback,
    CreatePaymentLink,
    CreateRefund,
    FinalizePayment,
    Money,
    PaymentLink,
    Rdr,
    Refund,
    Secret,
    Settlement,
    ThreedsRequest,
    UpdatePaymentLink,
    Void,
)
from cardinity_client.wire import (
    chargeback_of,
    encode_link,
    encode_part,
    encode_payment,
    encode_result,
    encode_update,
    link_of,
    listing_of,
    parse_payment,
    rdr_of,
    refund_of,
    settlement_of,
    void_of,
)
from tests.unit.client.builders import PAYMENT_ID, charge, encoded, payment_row
from tests.unit.client.writes import AMOUNT, LINK_ID, REFUND_ID, dispute_row, follow_up_row, link_row

CREATED_AT = datetime(2026, 1, 16, 8, 0, 0, 0, UTC)
COMMON: dict[str, Any] = {
    "id": REFUND_ID,
    "payment_id": PAYMENT_ID,
    "created_at": CREATED_AT,
    "live": False,
    "order_id": "ORD-1",
    "description": "Returned lid R-77",
}
BROWSER = BrowserInfo(
    accept_header="text/html",
    browser_language="lt-LT",
    screen_width=1440,
    screen_height=900,
    challenge_window_size="full-screen",
    user_agent="Mozilla/5.0",
    color_depth=24,
    time_zone=-120,
)


def test_follow_ups_are_read_whole() -> None:
    """Every member that is known is read, every other is ignored; a void has no amount."""
    told: dict[str, Any] = {**COMMON, "status": "approved", "error": None}
    assert refund_of(follow_up_row("refund", fee=1.5)) == Refund(**told, amount=AMOUNT)
    assert settlement_of(follow_up_row("settlement")) == Settlement(**told, amount=AMOUNT)
    assert void_of(follow_up_row("void")) == Void(**told)


def test_a_follow_up_that_was_declined_says_why() -> None:
    """The error is kept, without what could be digits of a card; it may be bare of words of ours."""
    row = follow_up_row("refund", status="declined", error="3000: card 4111 1111", description=..., order_id=...)
    refund = refund_of(row)
    assert (refund.status, refund.error) == ("declined", "3000: card #")
    assert (refund.description, refund.order_id) == (None, None)


def test_disputes_are_read_whole() -> None:
    """A chargeback and an RDR record have the same members under different types."""
    told: dict[str, Any] = {**COMMON, "amount": AMOUNT, "status": "initiated", "reason": "4837: No authorisation"}
    assert chargeback_of(dispute_row()) == Chargeback(**told)
    assert rdr_of(dispute_row("rdr")) == Rdr(**told)


def test_a_link_is_read_whole() -> None:
    """`deleted` is there once it is; without an end the gateway has not told one."""
    link = PaymentLink(
        id=LINK_ID,
        url=f"https://checkout.cardinity.com/link/{LINK_ID}",
        amount=AMOUNT,
        description="Invoice 77",
        country="LT",
        expires_at=datetime(2026, 2, 1, 12, 0, 0, 678_000, UTC),
        multiple_use=False,
        enabled=True,
        deleted=False,
    )
    assert link_of(link_row()) == link
    assert link_of(link_row(deleted=True)) == replace(link, deleted=True)
    assert link_of(link_row(expiration_date=..., country=...)) == replace(link, expires_at=None, country=None)


def test_a_token_is_found_again_and_a_card_number_is_not() -> None:
    """Our own words are kept as they were, but for what could be a whole card number."""
    token = "Lid R-77 [r:7f3k-2026-0115]"
    assert refund_of(follow_up_row("refund", description=token)).description == token
    assert parse_payment(encoded(payment_row(description=token))).description == token
    card = parse_payment(encoded(payment_row(description="paid with 4111 1111 1111 1111")))
    assert card.description == "paid with #"


@pytest.mark.parametrize("words", [7, None, [], {}, "\ud800"])
def test_words_that_are_none_spoil_no_payment(words: object) -> None:
    """A description decides nothing: the row of another integration must not make a whole page unreadable."""
    assert parse_payment(encoded(payment_row(description=words))).description is None


def test_a_list_of_anything_counts_what_it_cannot_read() -> None:
    """The order is the gateway's."""
    rows = [follow_up_row("refund", id="b"), follow_up_row("void"), 7, follow_up_row("refund", id="a")]
    listing = listing_of(refund_of)(encoded(rows))
    assert [refund.id for refund in listing.items] == ["b", "a"]
    assert (listing.count, listing.unparsed) == (4, 2)


def test_a_refund_in_yen_has_no_decimals() -> None:
    """The amount is written as its currency wants it; there is no member for the currency."""
    assert json.loads(encode_part(CreateRefund(PAYMENT_ID, Money(500, "JPY"), "x"))) == {
        "amount": "500",
        "description": "x",
    }


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 2, 1, 12, 0, 0, tzinfo=UTC), "2026-02-01T12:00:00.000Z"),
        (datetime(2026, 2, 1, 12, 0, 0, 678_999, UTC), "2026-02-01T12:00:00.678Z"),
        (datetime(2026, 2, 1, 1, 0, 0, tzinfo=timezone(timedelta(hours=2))), "2026-01-31T23:00:00.000Z"),
    ],
)
def test_the_end_of_a_link_is_written_in_utc(moment: datetime, text: str) -> None:
    """Three fractional digits and Z, wherever the time was told."""
    assert json.loads(encode_link(CreatePaymentLink(AMOUNT, "x", expires_at=moment)))["expiration_date"] == text
    assert json.loads(encode_update(UpdatePaymentLink(LINK_ID, moment))) == {"expiration_date": text}


def test_a_charge_may_ask_for_three_d_secure() -> None:
    """What is not known of the browser, the addresses and the customer is left out."""
    threeds = ThreedsRequest(
        "https://shop.example/3ds",
        replace(BROWSER, javascript_enabled=True),
        billing_address=Address("Gatve 1", "Vilnius", "LT", "01100"),
        cardholder_info=CardholderInfo(email_address="ona@shop.example"),
    )
    body = json.loads(encode_payment(replace(charge(), threeds=threeds, statement_descriptor_suffix="KETTLES")))
    assert body["statement_descriptor_suffix"] == "KETTLES"
    assert body["threeds2_data"] == {
        "notification_url": "https://shop.example/3ds",
        "browser_info": {
            "accept_header": "text/html",
            "browser_language": "lt-LT",
            "screen_width": 1440,
            "screen_height": 900,
            "challenge_window_size": "full-screen",
            "user_agent": "Mozilla/5.0",
            "color_depth": 24,
            "time_zone": -120,
            "javascript_enabled": True,
        },
        "billing_address": {"address_line1": "Gatve 1", "city": "Vilnius", "country": "LT", "postal_code": "01100"},
        "cardholder_info": {"email_address": "ona@shop.example"},
    }


def test_a_charge_that_asks_for_nothing_more_says_nothing_more() -> None:
    """Neither member is there by default."""
    assert {"threeds2_data", "statement_descriptor_suffix"}.isdisjoint(json.loads(encode_payment(charge())))


def test_line_breaks_of_an_old_result_are_gone() -> None:
    """A PaRes may come in lines of 76 characters; the gateway gets it in one."""
    finalize = FinalizePayment(PAYMENT_ID, None, AMOUNT, AuthorizeData(Secret("eJxV\r\nUl1v\n gjAU")))
    assert json.loads(encode_result(finalize)) == {"authorize_data": "eJxVUl1vgjAU"}


def test_what_the_bank_posted_is_not_shown() -> None:
    """It goes to the gateway and nowhere else."""
    finalize = FinalizePayment(PAYMENT_ID, None, AMOUNT, AuthorizeData(Secret("eJxVUl1vgjAU")))
    assert "eJxV" not in repr(finalize)
