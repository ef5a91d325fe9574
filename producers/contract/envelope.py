"""A charge's card as it travels: sealed for the workers, bound to its order, signed by its producer.

    version (1 byte) | header length (2) | header | sealed length (2) | sealed | HMAC-SHA256 of all this (32)

Lengths are big-endian; the header is JSON in one spelling, and its bytes are HPKE's `info`. So a card opens
only beside the header it was sealed with, and only a producer on the list can have written either.
`open_envelope` then holds the header against what the ledger says of the order: an envelope moved to
another order is refused however genuine it is.

A recurring charge (`payment_id`) travels the same way; its id is no secret, but whose it is must be as
certain.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from cardinity_client.models.payments import Card, PaymentReference
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract.card_fields import Mode
from producers.contract.commands import Charge
from producers.contract.header import VERSION, Facts, Header, facts_of, header_of, read_header
from producers.contract.keys import (
    MAC_BYTES,
    OpeningKeys,
    Producer,
    ProducerKey,
    ProducerRegistry,
    SealingKey,
    sign,
)
from producers.errors import EnvelopeError

__all__ = [
    "AGE_MAX_MS",
    "FUTURE_MAX_MS",
    "VERSION",
    "Facts",
    "Header",
    "OpeningKeys",
    "ProducerKey",
    "ProducerRegistry",
    "SealingKey",
    "facts_of",
    "open_envelope",
    "seal",
]

#: How far a producer's clock may be ahead of ours.
FUTURE_MAX_MS: Final = 5 * 60 * 1000
#: Envelopes older than this stay shut: no order should wait so long, and old captures must not work for ever.
AGE_MAX_MS: Final = 7 * 24 * 3600 * 1000
#: Bytes: plaintexts are padded to multiples of it, so that lengths tell little of the holder or the CVC.
BLOCK: Final = 64

_LENGTH_BYTES: Final = 2
#: Bytes of an envelope at the most, by what its two lengths can say.
_BYTES_MAX: Final = 1 + 2 * (_LENGTH_BYTES + 256**_LENGTH_BYTES - 1) + MAC_BYTES


class _SealedCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="card"):
    pan: str
    exp_month: int
    exp_year: int
    cvc: str | None
    holder: str


class _SealedReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="payment_id"):
    payment_id: str


class _Parts(NamedTuple):
    """An envelope cut at its lengths, not yet believed. `signed` is everything before the signature."""

    header: bytes
    sealed: bytes
    signed: bytes
    mac: bytes


_SEALED: msgspec.json.Decoder[_SealedCard | _SealedReference] = msgspec.json.Decoder(_SealedCard | _SealedReference)


def seal(charge: Charge, *, sealing_key: SealingKey, producer_key: ProducerKey, mode: Mode, issued_at_ms: int) -> bytes:
    """The envelope of this charge's instrument."""
    facts = facts_of(charge, producer=producer_key.producer, mode=mode)
    header = header_of(facts, sealing_key.kid, issued_at_ms).encode()
    sealed = sealing_key.seal(_plaintext(charge.instrument), header)
    signed = b"".join((VERSION.to_bytes(1), _with_length(header), _with_length(sealed)))
    return signed + sign(producer_key.key, signed)


def open_envelope(
    data: bytes,
    *,
    keys: OpeningKeys,
    producers: ProducerRegistry,
    expect: Facts,
    now_ms: int,
    age_max_ms: int = AGE_MAX_MS,
) -> Card | PaymentReference:
    """The instrument, if everything holds; `expect` is what the ledger says of the order.

    Raises:
        EnvelopeError: the `code` of the first check that fails.
    """
    parts = _cut(data)
    header = read_header(parts.header)
    producer = producers.find(header.producer)
    _check_signature(parts, producer)
    _check_agreement(header, expect)
    _check_rights(header, producer)
    _check_times(header, now_ms, age_max_ms)
    return _instrument(keys.open(header.kid, parts.sealed, parts.header))


def _plaintext(instrument: Card | PaymentReference) -> bytes:
    content: _SealedCard | _SealedReference
    match instrument:
        case Card(pan, exp_month, exp_year, cvc, holder):
            content = _SealedCard(pan.reveal(), exp_month, exp_year, cvc.reveal() if cvc else None, holder)
        case PaymentReference(payment_id):
            content = _SealedReference(payment_id)
    text = msgspec.json.encode(content)
    return text.ljust(-(-len(text) // BLOCK) * BLOCK)


def _instrument(plaintext: bytes) -> Card | PaymentReference:
    try:
        content = _SEALED.decode(plaintext)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise EnvelopeError("envelope_auth_failed", "what was sealed is no instrument of this version") from None
    match content:
        case _SealedCard(pan, exp_month, exp_year, cvc, holder):
            return Card(Secret(pan), exp_month, exp_year, None if cvc is None else Secret(cvc), holder)
        case _SealedReference(payment_id):
            return PaymentReference(payment_id)


def _with_length(part: bytes) -> bytes:
    return len(part).to_bytes(_LENGTH_BYTES) + part


def _cut(data: bytes) -> _Parts:
    if data[:1] != VERSION.to_bytes(1):
        _refuse_version(data)
    if len(data) > _BYTES_MAX:
        raise EnvelopeError("envelope_auth_failed", "the envelope is longer than any of ours")
    header, rest = _take(data[1:])
    sealed, mac = _take(rest)
    if not mac:
        raise EnvelopeError("signature_missing", "the envelope carries no signature")
    if len(mac) != MAC_BYTES:
        raise EnvelopeError("envelope_auth_failed", "the envelope is cut short or has something behind it")
    return _Parts(header, sealed, data[:-MAC_BYTES], mac)


def _take(data: bytes) -> tuple[bytes, bytes]:
    """The part whose length stands first, and the rest."""
    end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES])
    if len(data) < max(end, _LENGTH_BYTES):
        raise EnvelopeError("envelope_auth_failed", "the envelope is cut short")
    return data[_LENGTH_BYTES:end], data[end:]


def _refuse_version(data: bytes) -> None:
    if not data:
        raise EnvelopeError("envelope_auth_failed", "there is no envelope")
    if data[0] > VERSION:
        raise EnvelopeError("version_newer", f"the envelope is of version {data[0]}, we read {VERSION}")
    raise EnvelopeError("version_unsupported", f"the envelope is of version {data[0]}, we read {VERSION}")


def _check_signature(parts: _Parts, producer: Producer) -> None:
    if not producer.signed(parts.signed, parts.mac):
        raise EnvelopeError("signature_invalid", f"not signed by producer {producer.name}")
    if producer.disabled:
        raise EnvelopeError("producer_disabled", f"producer {producer.name} is disabled")


def _check_agreement(header: Header, expect: Facts) -> None:
    expected = header_of(expect, header.kid, header.issued_at_ms)
    if header != expected:
        names = (field for field in header.__struct_fields__ if getattr(header, field) != getattr(expected, field))
        raise EnvelopeError("envelope_mismatch", f"the envelope was made for another {', '.join(names)}")


def _check_rights(header: Header, producer: Producer) -> None:
    if header.account not in producer.accounts:
        raise EnvelopeError("account_not_allowed", f"producer {producer.name} may not use account {header.account}")
    if not producer.may_charge(Money(header.amount_minor, header.currency)):
        raise EnvelopeError("amount_above_limit", f"more than producer {producer.name} may charge at once")


def _check_times(header: Header, now_ms: int, age_max_ms: int) -> None:
    if header.issued_at_ms > now_ms + FUTURE_MAX_MS:
        raise EnvelopeError("issued_future", f"issued more than {FUTURE_MAX_MS // 60_000} minutes from now")
    if header.issued_at_ms < now_ms - age_max_ms:
        raise EnvelopeError("message_too_old", f"issued more than {age_max_ms / 3_600_000:g} hours ago")
    if header.expires_at_ms and header.expires_at_ms <= header.issued_at_ms:
        raise EnvelopeError("expires_order", "expires before it was issued")
