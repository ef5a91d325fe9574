"""Everything that can refuse an order while it is provably unsent, and the request it becomes if nothing does. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cardinity_client import (
    Card,
    CreatePayment,
    CreatePaymentLink,
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    PaymentReference,
)
from producers.contract import envelope, names, states
from producers.contract.card_fields import Mode
from producers.contract.envelope import Facts, OpeningKeys, ProducerRegistry, open_envelope
from producers.contract.follow_ups import description_with
from producers.contract.succession import is_successor
from producers.contract.tokens import CardToken, is_within, open_token
from producers.errors import EnvelopeError
from producers.runtime.ledger.record import Record
from producers.verification import facts_of_record

#: What an order may ask of the gateway: a charge, what follows a payment, or a link.
Following = CreateRefund | CreateSettlement | CreateVoid
Request = CreatePayment | Following | CreatePaymentLink
#: What an envelope may hold, beside the token of a card.
Sealed = Card | PaymentReference | envelope.Following | envelope.Linked
#: Of a deployment in which no tokens are made.
NO_VAULT: Final = OpeningKeys(())

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Refusals that an operator mends without the customer noticing: a key or a producer this worker does not have yet.
_MENDABLE: Final = frozenset(
    {"key_unknown", "key_retired", "token_key_unknown", "producer_unknown", "producer_disabled", "version_newer"}
)


class Refused(Exception):
    """The order ends here, unsent, in state `to`; `detail` is for people."""

    def __init__(self, to: str, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.to = to
        self.code = code
        self.detail = detail


class NotHere(Exception):
    """This worker cannot open it; another may, or this one after it was mended."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Checks:
    """Opens the sealed card of a claimed order, if everything about it holds."""

    def __init__(
        self, keys: OpeningKeys, producers: ProducerRegistry, *, mode: Mode, vault: OpeningKeys = NO_VAULT
    ) -> None:
        self._keys = keys
        self._vault = vault
        self._producers = producers
        self._mode = mode

    def renew(self, keys: OpeningKeys) -> None:
        """Open with these from here on."""
        self._keys = keys

    def renew_vault(self, vault: OpeningKeys) -> None:
        """Open tokens with these from here on."""
        self._vault = vault

    def open(self, record: Record) -> Request:
        """The request to send for this order.

        Raises:
            Refused: it must not be sent.
            NotHere: this worker lacks a key or knows too old a version.
        """
        # When it was claimed, by the ledger's clock. A worker's own may be wrong, and must not end anybody's order.
        now_ms = record.number("since")
        facts = facts_of_record(record, self._mode)
        if facts.expires_at_ms and facts.expires_at_ms <= now_ms:
            raise Refused(states.EXPIRED, "expired")
        try:
            contents = open_envelope(
                record.envelope,
                keys=self._keys,
                producers=self._producers,
                expect=facts,
                now_ms=now_ms,
            )
            instrument = self._untokened(contents.instrument, facts)
        except EnvelopeError as error:
            if error.code in _MENDABLE:
                raise NotHere(error.code) from None
            raise Refused(states.REJECTED, error.code) from None
        if (record.kind, record.parent) != _follows(instrument):
            raise Refused(states.REJECTED, "envelope_mismatch")
        if bool(record.root) != is_successor(record.order_id):
            # What was sealed for after a decline is charged in its turn, or not at all.
            raise Refused(states.REJECTED, "envelope_mismatch")
        if record.sealed_for != record.order_id and not isinstance(instrument, PaymentReference):
            # Nobody has a card charged once more by writing into a row.
            raise Refused(states.REJECTED, "envelope_mismatch")
        if isinstance(instrument, envelope.Following):
            return _following(record, facts, instrument)
        if isinstance(instrument, envelope.Linked):
            return _linked(record, facts, instrument, now_ms)
        return CreatePayment(
            order_id=record.ref,
            amount=facts.amount,
            country=facts.country,
            description=facts.description,
            instrument=instrument,
            settle=not record.holds,
            threeds=contents.threeds,
            statement_descriptor_suffix=facts.suffix,
        )

    def _untokened(self, sealed: Sealed | CardToken, facts: Facts) -> Sealed:
        """What was sealed, a card in the place of its token.

        Raises:
            EnvelopeError: `token_scope`, or as `open_token`.
        """
        if not isinstance(sealed, CardToken):
            return sealed
        token = sealed.token
        if not is_within(token.scope, producer=facts.producer, account=facts.account, mode=self._mode):
            raise EnvelopeError("token_scope", "the token was made for another producer or account")
        return replace(open_token(token, self._vault), cvc=sealed.cvc)


def is_bound(request: Request) -> bool:
    """Whether it is about an earlier payment, which only the account that made it knows of."""
    match request:
        case CreatePayment(instrument=instrument):
            return isinstance(instrument, PaymentReference)
        case CreatePaymentLink():
            return False
        case _:
            return True


def _follows(sealed: object) -> tuple[str, str]:
    """Kind and parent as a row has them."""
    match sealed:
        case envelope.Following(kind, payment_id):
            return kind, payment_id
        case envelope.Linked():
            return names.LINK, ""
        case _:
            return "", ""


def _linked(record: Record, facts: Facts, sealed: envelope.Linked, now_ms: int) -> CreatePaymentLink:
    ends_at_ms = sealed.ends_at_ms
    if ends_at_ms is not None and ends_at_ms <= now_ms:
        raise Refused(states.EXPIRED, "link_over")
    return CreatePaymentLink(
        facts.amount,
        description_with(record.ref, facts.description),
        country=facts.country or None,
        expires_at=None if ends_at_ms is None else _EPOCH + timedelta(milliseconds=ends_at_ms),
    )


def _following(record: Record, facts: Facts, sealed: envelope.Following) -> Following:
    description = description_with(record.ref, facts.description)
    match sealed.kind:
        case names.REFUND:
            return CreateRefund(sealed.payment_id, facts.amount, description)
        case names.SETTLEMENT:
            return CreateSettlement(sealed.payment_id, facts.amount, description)
        case names.VOID:
            return CreateVoid(sealed.payment_id, description)
        case _:
            raise NotHere("version_newer")
