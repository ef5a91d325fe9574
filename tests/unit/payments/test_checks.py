"""What a worker makes of an envelope: the request to send, an end, or an order for a worker that knows more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardinity_client import CreatePayment, CreatePaymentLink
from cardinity_client.models.payments import PaymentReference
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract.commands import Charge
from producers.contract.envelope import FUTURE_MAX_MS
from producers.contract.follow_ups import token_of
from producers.contract.links import LinkOrder
from producers.contract.tokens import CardToken, Token, parse_token
from producers.runtime.ledger.record import Record
from tests.unit.contract.builders import NOW_MS, OPENING, REGISTRY, sealed
from tests.unit.contract.envelopes import CHARGE
from tests.unit.contract.tokens import (
    KEPT,
    SCOPE,
    VAULT,
    a_charge_by_token,
    a_token,
    bytes_of,
    text_of,
    the_token,
)
from workers.payments.checks import Checks, NotHere, Refused

TOKEN = token_of("ORD-1001")
_CHECKS = Checks(OPENING, REGISTRY, mode="test")
_VAULT_CHECKS = Checks(OPENING, REGISTRY, mode="test", vault=VAULT)


def test_an_envelope_that_fits_its_order_is_the_request() -> None:
    """Amount, country and description are the ledger's, the card is the envelope's."""
    request = _CHECKS.open(_record(sealed(CHARGE)))
    assert isinstance(request, CreatePayment)
    assert (request.order_id, request.amount, request.country) == ("ORD-1001-a2", CHARGE.amount, "LT")
    assert (request.description, request.instrument) == ("Blue kettle", CHARGE.instrument)


def test_a_newer_envelope_is_left_to_a_newer_worker() -> None:
    """The order is held back, not refused: an upgrade mends it, and its customer never notices."""
    with pytest.raises(NotHere) as caught:
        _CHECKS.open(_record(b"\xff" + sealed(CHARGE)[1:]))
    assert caught.value.code == "version_newer"


def test_another_orders_envelope_ends_the_order() -> None:
    """However genuine it is, the order is rejected, with the reason."""
    with pytest.raises(Refused) as caught:
        _CHECKS.open(_record(sealed(CHARGE), amount_minor=b"2551"))
    assert (caught.value.to, caught.value.code) == ("rejected", "envelope_mismatch")


def test_the_ledgers_clock_says_what_is_over_and_what_is_not_yet() -> None:
    """A worker whose own clock is years away ends nobody's order."""

    def expiring(at_ms: int) -> Record:
        return _record(sealed(replace(CHARGE, expires_at_ms=at_ms)), expires_at=b"%d" % at_ms)

    assert isinstance(_CHECKS.open(expiring(NOW_MS + 1)), CreatePayment)
    with pytest.raises(Refused) as caught:
        _CHECKS.open(expiring(NOW_MS))
    assert (caught.value.to, caught.value.code) == ("expired", "expired")
    with pytest.raises(Refused) as caught:
        _CHECKS.open(_record(sealed(CHARGE), since=b"%d" % (NOW_MS - FUTURE_MAX_MS - 1)))
    assert (caught.value.to, caught.value.code) == ("rejected", "issued_future")


def test_a_link_is_asked_for_with_the_token_behind_its_description() -> None:
    """Once, until the end that was sealed, and by nobody who may use it twice."""
    request = _CHECKS.open(_link_record(ends_at_ms=NOW_MS + 60_000))
    assert isinstance(request, CreatePaymentLink)
    assert (request.description, request.country, request.multiple_use) == (f"Invoice 77 {TOKEN}", None, False)
    assert request.expires_at is not None
    assert round(request.expires_at.timestamp() * 1000) == NOW_MS + 60_000


def test_a_link_that_would_be_over_is_not_made() -> None:
    """It waited for too long."""
    with pytest.raises(Refused) as caught:
        _CHECKS.open(_link_record(ends_at_ms=NOW_MS))
    assert (caught.value.to, caught.value.code) == ("expired", "link_over")


@pytest.mark.parametrize("kind", [b"", b"refund"])
def test_a_links_envelope_fits_no_other_kind_of_order(kind: bytes) -> None:
    """What is asked for is sealed, not what a row says."""
    with pytest.raises(Refused) as caught:
        _CHECKS.open(_link_record(ends_at_ms=None, kind=kind))
    assert (caught.value.to, caught.value.code) == ("rejected", "envelope_mismatch")


def test_a_token_is_a_card_by_the_time_it_is_asked_for() -> None:
    """With the CVC of this charge; the gateway never hears of a token."""
    request = _VAULT_CHECKS.open(_token_record())
    assert isinstance(request, CreatePayment)
    assert request.instrument == replace(KEPT, cvc=Secret("123"))


def test_a_token_of_a_vault_that_is_not_here_is_left_to_others() -> None:
    """As a sealed card is whose key this worker lacks: who has no vault, and who has another."""
    for checks in (_CHECKS, Checks(OPENING, REGISTRY, mode="test", vault=OPENING)):
        with pytest.raises(NotHere) as caught:
            checks.open(_token_record())
        assert caught.value.code == "token_key_unknown"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (a_token(replace(SCOPE, producer="other")), "token_scope"),
        (a_token(replace(SCOPE, account="other")), "token_scope"),
        (a_token(replace(SCOPE, mode="live")), "token_scope"),
        (parse_token(text_of(bytes_of(the_token())[:-1] + b"\0")), "token_auth_failed"),
    ],
)
def test_a_token_of_somebody_else_ends_the_order(token: Token, code: str) -> None:
    """A producer that got hold of it signs for itself, and its order is rejected unsent; so is a forged one."""
    stolen = replace(a_charge_by_token(), instrument=CardToken(token, Secret("123")))
    with pytest.raises(Refused) as caught:
        _VAULT_CHECKS.open(_token_record(stolen))
    assert (caught.value.to, caught.value.code) == ("rejected", code)


def test_a_renewed_vault_opens_what_is_renewed() -> None:
    """A replaced file of keys counts from the next order on."""
    checks = Checks(OPENING, REGISTRY, mode="test")
    checks.renew_vault(VAULT)
    assert isinstance(checks.open(_token_record()), CreatePayment)


def test_a_new_attempt_is_sent_with_what_was_sealed_for_the_first() -> None:
    """Under its own name, on the word of operators alone, and never a card: nobody has one charged again by a row."""
    renewal = replace(CHARGE, instrument=PaymentReference("3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"))
    envelope = sealed(renewal)
    attempt = _attempt(envelope, ordered_by=b"ona@one jonas@two")
    request = _CHECKS.open(attempt)
    assert isinstance(request, CreatePayment)
    assert (request.order_id, request.instrument) == ("ORD-1001-a2", renewal.instrument)
    for refused in (_attempt(envelope), _attempt(sealed(CHARGE), ordered_by=b"ona@one jonas@two")):
        with pytest.raises(Refused) as caught:
            _CHECKS.open(refused)
        assert (caught.value.to, caught.value.code) == ("rejected", "envelope_mismatch")


def _attempt(envelope: bytes, **changes: bytes) -> Record:
    first = _record(envelope)
    return Record(f"{first.order_id}-a2", {**first.fields, "root": first.order_id.encode(), **changes})


def _token_record(charge: Charge | None = None) -> Record:
    return _record(sealed(charge or a_charge_by_token()))


def _link_record(*, ends_at_ms: int | None, kind: bytes = b"link") -> Record:
    link = LinkOrder("ORD-1001", Money(2550, "EUR"), "Invoice 77", ends_at_ms=ends_at_ms)
    return _record(sealed(link), kind=kind, ref=TOKEN.encode(), description=b"Invoice 77", country=b"")


def _record(envelope: bytes, **changes: bytes) -> Record:
    fields = {
        "producer": b"shop",
        "ref": b"ORD-1001-a2",
        "amount_minor": b"2550",
        "currency": b"EUR",
        "account": b"default",
        "country": b"LT",
        "description": b"Blue kettle",
        "since": b"%d" % NOW_MS,
        "expires_at": b"0",
        "envelope": envelope,
    }
    return Record("ORD-1001", fields | changes)
