"""The clear part of an envelope: which charge the sealed card is for. Its bytes are what the card is bound
to.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec

from cardinity_client.money import Money
from producers.contract.card_fields import Mode
from producers.contract.versions import Version
from producers.contract.wishes import Wish
from producers.errors import EnvelopeError


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What the sealed card is for. Canonical in this order of fields; `expires_at_ms` 0 means never.

    The last six are written only where they say something, and only by versions that have words for them.
    """

    v: int
    alg: str
    kid: str
    producer: str
    order_id: str
    amount_minor: int
    currency: str
    account: str
    country: str
    description_hash: str
    issued_at_ms: int
    expires_at_ms: int
    mode: Mode
    settle: bool = True
    suffix: str = ""
    two_phase: bool = False
    further: str = ""
    customer: str = ""
    customer_ip: str = ""

    def encode(self) -> bytes:
        """The canonical bytes."""
        return msgspec.json.encode(self)


@dataclass(frozen=True, slots=True)
class Facts:
    """What sender and ledger must agree on before a card is opened."""

    producer: str
    order_id: str
    amount: Money
    account: str
    country: str
    description: str | None
    expires_at_ms: int | None
    mode: Mode
    settle: bool = True
    suffix: str | None = None
    two_phase: bool = False
    #: How the order may be continued, in the words of its row.
    further: str = ""
    customer: str | None = None
    customer_ip: str | None = None


_DECODER = msgspec.json.Decoder(Header)


def facts_of(order: Wish, *, producer: str, mode: Mode) -> Facts:
    """The facts an order binds what it seals to. A follow-up has no country, and a link may have none."""
    return Facts(
        producer,
        order.order_id,
        order.amount,
        order.account,
        order.country or "",
        order.description,
        order.expires_at_ms,
        mode,
        order.settle,
        order.suffix,
        order.two_phase,
        order.further,
        order.customer,
        order.customer_ip,
    )


def header_of(facts: Facts, version: Version, *, kid: str, issued_at_ms: int) -> Header:
    """The header that says these facts, as this version writes it."""
    description = facts.description
    return Header(
        v=version.number,
        alg=version.alg,
        kid=kid,
        producer=facts.producer,
        order_id=facts.order_id,
        amount_minor=facts.amount.minor,
        currency=facts.amount.currency,
        account=facts.account,
        country=facts.country,
        description_hash=hashlib.sha256(description.encode()).hexdigest()[:32] if description else "",
        issued_at_ms=issued_at_ms,
        expires_at_ms=facts.expires_at_ms or 0,
        mode=facts.mode,
        settle=facts.settle,
        suffix=facts.suffix or "",
        two_phase=facts.two_phase,
        further=facts.further,
        customer=facts.customer or "",
        customer_ip=facts.customer_ip or "",
    )


def read_header(data: bytes, version: Version) -> Header:
    """The header these bytes are; not yet to be believed.

    Raises:
        EnvelopeError: `envelope_auth_failed`, when this version writes no such header.
    """
    try:
        header = _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise EnvelopeError("envelope_auth_failed", "the header cannot be read") from None
    known = header.v == version.number and header.alg == version.alg and header.encode() == data
    more = not header.settle or header.suffix or header.two_phase
    customer = header.customer or header.customer_ip
    lacking = (
        (version.plain and more) or (header.further and not version.continued) or (customer and not version.identified)
    )
    if not known or lacking:
        raise EnvelopeError("envelope_auth_failed", "the header is not as this version writes it")
    return header
