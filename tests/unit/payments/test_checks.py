"""What a worker makes of an envelope: the request to send, an end, or an order for a worker that knows more."""

from __future__ import annotations

import time

import pytest

from cardinity_client import CreatePayment, CreatePaymentLink
from cardinity_client.money import Money
from producers.contract.follow_ups import token_of
from producers.contract.links import LinkOrder
from producers.runtime.ledger.record import Record
from tests.unit.contract.builders import OPENING, REGISTRY, sealed
from tests.unit.contract.envelopes import CHARGE
from workers.payments.checks import Checks, NotHere, Refused

TOKEN = token_of("ORD-1001")
_CHECKS = Checks(OPENING, REGISTRY, mode="test")


def test_an_envelope_that_fits_its_order_is_the_request() -> None:
    """Amount, country and description are the ledger's, the card is the envelope's."""
    request = _CHECKS.open(_record(_envelope()))
    assert isinstance(request, CreatePayment)
    assert (request.order_id, request.amount, request.country) == ("ORD-1001-a2", CHARGE.amount, "LT")
    assert (request.description, request.instrument) == ("Blue kettle", CHARGE.instrument)


def test_a_newer_envelope_is_left_to_a_newer_worker() -> None:
    """The order is held back, not refused: an upgrade mends it, and its customer never notices."""
    with pytest.raises(NotHere) as caught:
        _CHECKS.open(_record(b"\xff" + _envelope()[1:]))
    assert caught.value.code == "version_newer"


def test_another_orders_envelope_ends_the_order() -> None:
    """However genuine it is, the order is rejected, with the reason."""
    with pytest.raises(Refused) as caught:
        _CHECKS.open(_record(_envelope(), amount_minor=b"2551"))
    assert (caught.value.to, caught.value.code) == ("rejected", "envelope_mismatch")


def test_a_link_is_asked_for_with_the_token_behind_its_description() -> None:
    """Once, until the end that was sealed, and by nobody who may use it twice."""
    now_ms = int(time.time() * 1000)
    request = _CHECKS.open(_link_record(ends_at_ms=now_ms + 60_000))
    assert isinstance(request, CreatePaymentLink)
    assert (request.description, request.country, request.multiple_use) == (f"Invoice 77 {TOKEN}", None, False)
    assert request.expires_at is not None
    assert round(request.expires_at.timestamp() * 1000) == now_ms + 60_000


def test_a_link_that_would_be_over_is_not_made() -> None:
    """It waited for too long."""
    with pytest.raises(Refused) as caught:
        _CHECKS.open(_link_record(ends_at_ms=int(time.time() * 1000)))
    assert (caught.value.to, caught.value.code) == ("expired", "link_over")


@pytest.mark.parametrize("kind", [b"", b"refund"])
def test_a_links_envelope_fits_no_other_kind_of_order(kind: bytes) -> None:
    """What is asked for is sealed, not what a row says."""
    with pytest.raises(Refused) as caught:
        _CHECKS.open(_link_record(ends_at_ms=None, kind=kind))
    assert (caught.value.to, caught.value.code) == ("rejected", "envelope_mismatch")


def _link_record(*, ends_at_ms: int | None, kind: bytes = b"link") -> Record:
    link = LinkOrder("ORD-1001", Money(2550, "EUR"), "Invoice 77", ends_at_ms=ends_at_ms)
    envelope = sealed(link, issued_at_ms=int(time.time() * 1000))
    return _record(envelope, kind=kind, ref=TOKEN.encode(), description=b"Invoice 77", country=b"")


def _envelope() -> bytes:
    return sealed(CHARGE, issued_at_ms=int(time.time() * 1000))


def _record(envelope: bytes, **changes: bytes) -> Record:
    fields = {
        "producer": b"shop",
        "ref": b"ORD-1001-a2",
        "amount_minor": b"2550",
        "currency": b"EUR",
        "account": b"default",
        "country": b"LT",
        "description": b"Blue kettle",
        "expires_at": b"0",
        "envelope": envelope,
    }
    return Record("ORD-1001", fields | changes)
