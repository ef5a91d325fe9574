"""An envelope opens for the order it was sealed for, and for nothing else, whoever changed what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.models.payments import Card, PaymentReference
from cardinity_client.money import Money
from producers.contract.keys import OpeningKeys
from producers.errors import EnvelopeError
from tests.unit.contract.builders import (
    ABSENT,
    NOW_MS,
    PAN,
    PAYMENT_ID,
    SEALING,
    a_charge,
    facts,
    parsed,
    reference_fields,
    sealed,
)
from tests.unit.contract.envelopes import CHARGE, assembled, opened, parts, refusal


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


@pytest.mark.parametrize(
    "data", [b"", b"\x01", b"\x01\xff\xff", b"\x01\0\0\0\0", b"\x01" + b"[" * 60_000, b"\x01\0\x02{}"]
)
def test_rubbish_stays_shut(data: bytes) -> None:
    """Bytes that were never an envelope are refused like broken ones."""
    assert refusal(data) in {"envelope_auth_failed", "signature_missing"}


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_one_way(data: bytes) -> None:
    """Whatever it is given, opening raises EnvelopeError and nothing else."""
    assert refusal(b"\x01" + data) != ""


@pytest.mark.parametrize(
    ("version", "code"), [(0, "version_unsupported"), (2, "version_newer"), (255, "version_newer")]
)
def test_other_versions_are_told_apart(version: int, code: str) -> None:
    """A newer envelope is not a broken one: a newer worker can open it."""
    assert refusal(bytes([version]) + sealed(CHARGE)[1:]) == code


def test_an_unsigned_envelope_is_told_as_such() -> None:
    """Anyone can seal with a public key, so without a signature nothing opens."""
    assert refusal(sealed(CHARGE)[:-32]) == "signature_missing"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"order_id": "ORD-1002"}, "order_id"),
        ({"amount": Money(2551, "EUR")}, "amount_minor"),
        ({"amount": Money(2550, "USD")}, "currency"),
        ({"account": "other"}, "account"),
        ({"country": "LV"}, "country"),
        ({"description": "Red kettle"}, "description_hash"),
        ({"description": None}, "description_hash"),
        ({"expires_at_ms": NOW_MS + 1}, "expires_at_ms"),
        ({"producer": "shop2"}, "producer"),
        ({"mode": "live"}, "mode"),
    ],
)
def test_an_envelope_made_for_something_else_is_refused(changes: dict[str, object], named: str) -> None:
    """Every fact of the ledger's record must be that of the header; the message names the difference."""
    with pytest.raises(EnvelopeError) as caught:
        opened(sealed(CHARGE), expect=facts(CHARGE, **changes))
    assert caught.value.code == "envelope_mismatch"
    assert caught.value.message == f"the envelope was made for another {named}"


@pytest.mark.parametrize(
    "changes",
    [
        {"order_id": "ORD-1002"},
        {"amount": "25.51"},
        {"currency": "USD"},
        {"account": "other"},
        {"country": "LV"},
        {"description": "Red kettle"},
        {"expires_at_ms": NOW_MS + 1},
    ],
    ids=lambda changes: str(*changes),
)
def test_a_swapped_header_opens_nothing_however_well_signed(changes: dict[str, object]) -> None:
    """Not even its own producer can put a sealed card behind a header that differs in a single field."""
    other = a_charge(**changes)
    header, _, _ = parts(sealed(other))
    _, card, _ = parts(sealed(CHARGE))
    assert refusal(assembled(header, card), expect=facts(other)) == "envelope_auth_failed"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b",", b", "),
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":0'),
        (b'"v":1', b'"v":"1"'),
        (b'"v":1', b'"v":1,"v":1'),
        (b'"v":1', b'"v":1,"x":1'),
        (b'"v":1,', b""),
        (b"AES-256", b"AES-128"),
        (b"{", b"[" * 5000),
        (b"{", b"\xff{"),
    ],
)
def test_a_header_has_one_spelling(old: bytes, new: bytes) -> None:
    """Another version or algorithm, a blank or a field more is no header of ours, genuinely sealed and signed."""
    header = parts(sealed(CHARGE))[0].replace(old, new, 1)
    card = SEALING.seal(b'{"kind":"payment_id","payment_id":"x"}', header)
    assert refusal(assembled(header, card)) == "envelope_auth_failed"


@pytest.mark.parametrize("content", [b"", b"{}", b'{"kind":"cash"}', b"[" * 5000, b'{"kind":"payment_id","x":1}'])
def test_what_is_sealed_is_an_instrument(content: bytes) -> None:
    """A genuine envelope around anything else is refused like a broken one."""
    header = parts(sealed(CHARGE))[0]
    assert refusal(assembled(header, SEALING.seal(content, header))) == "envelope_auth_failed"


def test_an_unknown_key_is_named_with_the_known_ones() -> None:
    """The operator sees which keys this worker has."""
    keys = OpeningKeys([X25519PrivateKey.from_private_bytes(b"\x07" * 32)])
    with pytest.raises(EnvelopeError) as caught:
        opened(sealed(CHARGE), keys=keys)
    assert (caught.value.code, keys.kids[0] in caught.value.message) == ("key_unknown", True)


def test_old_and_new_keys_open_side_by_side() -> None:
    """While keys rotate, what was sealed for either opens."""
    newer = X25519PrivateKey.from_private_bytes(b"\x07" * 32)
    older = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert opened(sealed(CHARGE), keys=OpeningKeys([newer, older])) == CHARGE.instrument
