"""A charge's card as it travels: sealed for the workers, bound to its order, signed by its producer.

    version (1 byte) | header length (2) | header | sealed length (2) | sealed | HMAC-SHA256 of all this (32)

Lengths are big-endian; the header is JSON in one spelling, and the card is bound to its bytes, in each version by
its own means (`versions`). So a card opens only beside the header it was sealed with, and only a producer on the
list can have written either. `open_envelope` then holds the header against what the ledger says of the order: an
envelope moved to another order is refused however genuine it is.

What the bank is told of the customer for 3-D Secure is personal and travels beside the card. A charge that has such
data, a suffix, or holds the amount first or only, is written in the version that has words for it; one that others may
continue in another, and each of these has an envelope of its own, bound to its own name; one that says who its customer
is in a third; and in a fourth one of a card by its token. What was sealed is then that token: it is opened apart, by
other keys (`tokens`).

A recurring charge (`payment_id`) travels the same way, and in that version what follows a payment, a refund say, and a
link to be made: they hold no secrets, but whose order it is must be as certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from cardinity_client.errors import RequestInvalid
from cardinity_client.models.payments import Card, PaymentReference
from cardinity_client.models.threeds import ThreedsRequest
from cardinity_client.secret import Secret
from producers.contract.card_fields import Mode
from producers.contract.data_keys import DataKey, Sealed
from producers.contract.fields import Refusal
from producers.contract.follow_ups import FollowUp
from producers.contract.header import Facts, Header, facts_of, header_of, read_header
from producers.contract.keys import OpeningKeys, Producer, ProducerKey, ProducerRegistry, sign
from producers.contract.layout import Parts, cut, with_length
from producers.contract.links import LinkOrder
from producers.contract.tokens import CardToken, Token, read_token
from producers.contract.versions import Version, version_for
from producers.contract.wishes import Wish
from producers.errors import EnvelopeError

__all__ = [
    "AGE_MAX_MS",
    "FUTURE_MAX_MS",
    "Contents",
    "DataKey",
    "Facts",
    "Header",
    "OpeningKeys",
    "ProducerKey",
    "ProducerRegistry",
    "differences",
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


@dataclass(frozen=True, slots=True)
class Following:
    """What an order asks for that follows a payment: its kind (`names.FOLLOW_UPS`), and which payment."""

    kind: str
    payment_id: str


@dataclass(frozen=True, slots=True)
class Linked:
    """What an order asks for that wants a link: when it ends, in ms since 1970 UTC; None: the gateway chooses."""

    ends_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Contents:
    """What was sealed: who pays, which payment is followed, or which link is made, and what the bank may be told of the
    customer."""

    instrument: Card | CardToken | PaymentReference | Following | Linked
    threeds: ThreedsRequest | None = None


class _SealedCard(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="card"
):
    pan: str
    exp_month: int
    exp_year: int
    cvc: str | None
    holder: str
    threeds: ThreedsRequest | None = None


class _SealedToken(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="token"
):
    token: str
    cvc: str | None
    threeds: ThreedsRequest | None = None


class _SealedReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="payment_id"):
    payment_id: str


class _SealedFollowUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="follow_up"):
    operation: str
    payment_id: str


class _SealedLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="link"):
    ends_at_ms: int | None


_SealedContent = _SealedCard | _SealedToken | _SealedReference | _SealedFollowUp | _SealedLink
_SEALED: msgspec.json.Decoder[_SealedContent] = msgspec.json.Decoder(_SealedContent)


def seal(order: Wish, *, data_key: DataKey, producer_key: ProducerKey, mode: Mode, issued_at_ms: int) -> bytes:
    """The envelope of this order's instrument, of the payment that it follows, or of its link. `data_key` is the same
    producer's, or nobody could open it."""
    assert data_key.producer == producer_key.producer
    facts = facts_of(order, producer=producer_key.producer, mode=mode)
    version = version_for(order)
    header = header_of(facts, version, kid=data_key.kid, issued_at_ms=issued_at_ms).encode()
    sealed = data_key.seal(_plaintext(order), header)
    signed = b"".join((version.number.to_bytes(1), with_length(header), with_length(sealed)))
    return signed + sign(producer_key.key, signed)


def open_envelope(
    data: bytes,
    *,
    keys: OpeningKeys,
    producers: ProducerRegistry,
    expect: Facts,
    now_ms: int,
    age_max_ms: int = AGE_MAX_MS,
) -> Contents:
    """What was sealed, if everything holds; `expect` is what the ledger says of the order.

    Raises:
        EnvelopeError: the `code` of the first check that fails.
    """
    parts = cut(data)
    header = read_header(parts.header, parts.version)
    producer = producers.find(header.producer)
    _check_signature(parts, producer)
    _check_agreement(header, expect, parts.version)
    _check_rights(expect, producer)
    _check_times(header, now_ms, age_max_ms)
    _check_key(header, keys.retired_at_ms(header.kid))
    sealed = Sealed(parts.sealed, parts.header, header.kid, header.producer)
    return _contents(parts.version.open(keys, sealed), parts.version)


def differences(data: bytes, producer: Producer, expect: Facts) -> tuple[str, ...]:
    """Of an envelope that stays shut: the fields in which it is not about this, or what makes it nobody's word."""
    try:
        parts = cut(data)
        header = read_header(parts.header, parts.version)
    except EnvelopeError as error:
        return (error.code,)
    if header.producer != producer.name or not producer.signed(parts.signed, parts.mac):
        return ("signature",)
    return _differing(header, expect, parts.version)


def _plaintext(order: Wish) -> bytes:
    text = msgspec.json.encode(_content(order))
    return text.ljust(-(-len(text) // BLOCK) * BLOCK)


def _content(order: Wish) -> _SealedContent:
    if isinstance(order, FollowUp):
        return _SealedFollowUp(order.kind, order.payment_id)
    if isinstance(order, LinkOrder):
        return _SealedLink(order.ends_at_ms)
    match order.instrument:
        case Card(pan, exp_month, exp_year, cvc, holder):
            shown = cvc.reveal() if cvc else None
            return _SealedCard(pan.reveal(), exp_month, exp_year, shown, holder, order.threeds)
        case CardToken(token, cvc):
            return _SealedToken(token.text, cvc.reveal() if cvc else None, order.threeds)
        case PaymentReference(payment_id):
            return _SealedReference(payment_id)


def _contents(plaintext: bytes, version: Version) -> Contents:
    try:
        content = _SEALED.decode(plaintext)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, RequestInvalid):
        raise EnvelopeError("envelope_auth_failed", "what was sealed is no instrument of this version") from None
    match content:
        case _SealedCard(pan, exp_month, exp_year, cvc, holder, threeds) if threeds is None or not version.plain:
            card = Card(Secret(pan), exp_month, exp_year, None if cvc is None else Secret(cvc), holder)
            return Contents(card, threeds)
        case _SealedToken(text, cvc, threeds) if version.by_token:
            return Contents(CardToken(_read_token(text), None if cvc is None else Secret(cvc)), threeds)
        case _SealedReference(payment_id):
            return Contents(PaymentReference(payment_id))
        case _SealedFollowUp(kind, payment_id) if not version.plain:
            return Contents(Following(kind, payment_id))
        case _SealedLink(ends_at_ms) if not version.plain:
            return Contents(Linked(ends_at_ms))
        case _:
            raise EnvelopeError("envelope_auth_failed", "this version has no words for what was sealed")


def _read_token(text: str) -> Token:
    try:
        return read_token(text)
    except Refusal as refusal:
        raise EnvelopeError(refusal.code, refusal.message) from None


def _check_signature(parts: Parts, producer: Producer) -> None:
    if not producer.signed(parts.signed, parts.mac):
        raise EnvelopeError("signature_invalid", f"not signed by producer {producer.name}")
    if producer.disabled:
        raise EnvelopeError("producer_disabled", f"producer {producer.name} is disabled")


def _check_agreement(header: Header, expect: Facts, version: Version) -> None:
    if names := _differing(header, expect, version):
        raise EnvelopeError("envelope_mismatch", f"the envelope was made for another {', '.join(names)}")


def _differing(header: Header, expect: Facts, version: Version) -> tuple[str, ...]:
    expected = header_of(expect, version, kid=header.kid, issued_at_ms=header.issued_at_ms)
    if header == expected:
        return ()
    return tuple(field for field in header.__struct_fields__ if getattr(header, field) != getattr(expected, field))


def _check_rights(agreed: Facts, producer: Producer) -> None:
    if agreed.account not in producer.accounts:
        raise EnvelopeError("account_not_allowed", f"producer {producer.name} may not use account {agreed.account}")
    if not producer.may_charge(agreed.amount):
        raise EnvelopeError("amount_above_limit", f"more than producer {producer.name} may charge at once")


def _check_key(header: Header, retired_at_ms: int) -> None:
    """A producer whose clock is ahead seals a little later than it thinks; it is not refused for that."""
    if retired_at_ms and header.issued_at_ms > retired_at_ms + FUTURE_MAX_MS:
        raise EnvelopeError("key_retired", f"sealed for key {header.kid} after it was retired")


def _check_times(header: Header, now_ms: int, age_max_ms: int) -> None:
    if header.issued_at_ms > now_ms + FUTURE_MAX_MS:
        raise EnvelopeError("issued_future", f"issued more than {FUTURE_MAX_MS // 60_000} minutes from now")
    if header.issued_at_ms < now_ms - age_max_ms:
        raise EnvelopeError("message_too_old", f"issued more than {age_max_ms / 3_600_000:g} hours ago")
    if header.expires_at_ms and header.expires_at_ms <= header.issued_at_ms:
        raise EnvelopeError("expires_order", "expires before it was issued")
