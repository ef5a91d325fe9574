"""An envelope opens for the order it was sealed for, and for nothing else, whoever changed what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.models.payments import Card, PaymentReference
from producers.contract.commands import Charge
from producers.contract.keys import OpeningKeys
from tests.unit.contract.builders import (
    ABSENT,
    PAN,
    PAYMENT_ID,
    a_charge,
    facts,
    parsed,
    reference_fields,
    sealed,
)
from tests.unit.contract.envelopes import CHARGE, opened, parts, refusal, sealed_alone


def test_what_was_sealed_comes_out() -> None:
    """The card that goes in is the card that comes out."""
    assert opened(sealed(CHARGE)) == CHARGE.instrument


def test_a_reference_travels_the_same_way() -> None:
    """A payment_id is sealed and bound like a card."""
    charge = parsed(reference_fields())
    assert opened(sealed(charge), expect=facts(charge)) == PaymentReference(PAYMENT_ID)


def test_a_card_without_cvc_comes_out_without() -> None:
    """An absent CVC stays absent."""
    charge = a_charge(cvc=ABSENT, description="CRD-MOTO")
    assert opened(sealed(charge), expect=facts(charge)) == charge.instrument


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=32))
def test_every_name_survives(holder: str) -> None:
    """Letters of any script come out as they went in."""
    assert isinstance(CHARGE.instrument, Card)
    charge = replace(CHARGE, instrument=replace(CHARGE.instrument, holder=holder))
    assert opened(sealed(charge)) == charge.instrument


def test_nothing_of_the_card_is_readable() -> None:
    """Neither number nor holder is in the bytes, and two envelopes of one card share no ciphertext."""
    one, two = sealed(CHARGE), sealed(CHARGE)
    assert not any(part in one for part in (PAN.encode(), b"Ona", b'"123"'))
    assert parts(one)[1] != parts(two)[1]


def test_lengths_do_not_tell_the_holder() -> None:
    """Cards of people with short and with long names make envelopes of one size."""
    charges = (a_charge(holder=name, cvc=cvc) for name in ("Bo", "Bo-Ann") for cvc in ("123", "1234"))
    assert len({len(sealed(charge)) for charge in charges}) == 1


@pytest.mark.parametrize("seal", [sealed, sealed_alone])
def test_any_flipped_bit_keeps_it_shut(seal: Callable[[Charge], bytes]) -> None:
    """Each single bit of an envelope, from the version to the signature, counts, and the refusal says where."""
    data = seal(CHARGE)
    header_at, sealed_at = 3, 3 + len(parts(data)[0]) + 2
    places = {
        "version": (range(1), {"version_newer", "version_unsupported", "envelope_auth_failed"}),
        "length": (range(1, header_at), {"envelope_auth_failed"}),
        "header": (range(header_at, sealed_at - 2), {"envelope_auth_failed", "signature_invalid", "producer_unknown"}),
        "second length": (range(sealed_at - 2, sealed_at), {"envelope_auth_failed", "signature_missing"}),
        "sealed, signature": (range(sealed_at, len(data)), {"signature_invalid"}),
    }
    for place, (bytes_of_it, codes) in places.items():
        flipped = (_flipped(data, at * 8 + bit) for at in bytes_of_it for bit in range(8))
        assert {refusal(copy) for copy in flipped} <= codes, place


@pytest.mark.parametrize("seal", [sealed, sealed_alone])
def test_any_cut_keeps_it_shut(seal: Callable[[Charge], bytes]) -> None:
    """An envelope without its end, at any length, or with something behind it, does not open."""
    data = seal(CHARGE)
    codes = {refusal(data[:length]) for length in range(len(data))} | {refusal(data + b"\0")}
    assert codes == {"envelope_auth_failed", "signature_missing"}


def test_the_version_before_opens() -> None:
    """What was sealed without a data key opens as it always did, beside what is sealed now."""
    assert opened(sealed_alone(CHARGE)) == opened(sealed(CHARGE)) == CHARGE.instrument


def test_a_version_to_come_waits() -> None:
    """An envelope of a version that this worker does not know is no forgery: its code says that an upgrade mends it."""
    data = sealed(CHARGE)
    assert [refusal(bytes([number]) + data[1:]) for number in (7, 255)] == ["version_newer"] * 2


def test_old_and_new_keys_open_side_by_side() -> None:
    """While keys rotate, what was sealed for either opens."""
    newer = X25519PrivateKey.from_private_bytes(b"\x07" * 32)
    older = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert opened(sealed(CHARGE), keys=OpeningKeys([newer, older])) == CHARGE.instrument


def _flipped(data: bytes, bit: int) -> bytes:
    copy = bytearray(data)
    copy[bit // 8] ^= 1 << bit % 8
    return bytes(copy)
