"""What a worker makes of an envelope: the request to send, an end, or an order for a worker that knows more."""

from __future__ import annotations

import time

import pytest

from cardinity_client import CreatePayment
from producers.runtime.ledger.record import Record
from tests.unit.contract.builders import OPENING, REGISTRY, sealed
from tests.unit.contract.envelopes import CHARGE
from workers.payments.checks import Checks, NotHere, Refused

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
