"""An envelope opens for the order it was sealed for, and for nothing else, whoever changed what."""

from __future__ import annotations

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.models.payments import Card, PaymentReference
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
from tests.unit.contract.envelopes import CHARGE, opened, parts, refusal


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


def test_any_flipped_bit_keeps_it_shut() -> None:
    """Each single bit of an envelope, from the version to the signature, counts."""
    data = sealed(CHARGE)
    flipped = (bytearray(data) for _ in range(len(data) * 8))
    for bit, copy in enumerate(flipped):
        copy[bit // 8] ^= 1 << bit % 8
        assert refusal(bytes(copy)) != ""


def test_any_cut_keeps_it_shut() -> None:
    """An envelope without its end, at any length, or with something behind it, does not open."""
    data = sealed(CHARGE)
    codes = {refusal(data[:length]) for length in range(len(data))} | {refusal(data + b"\0")}
    assert codes == {"envelope_auth_failed", "signature_missing"}


def test_old_and_new_keys_open_side_by_side() -> None:
    """While keys rotate, what was sealed for either opens."""
    newer = X25519PrivateKey.from_private_bytes(b"\x07" * 32)
    older = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert opened(sealed(CHARGE), keys=OpeningKeys([newer, older])) == CHARGE.instrument
