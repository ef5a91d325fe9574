"""Payments in the gateway's JSON: writing a charge and the end of its 3-D Secure step, reading what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast, get_args

import msgspec

from cardinity_client.errors import ResponseInvalid
from cardinity_client.models.payments import (
    Card,
    CreatePayment,
    FinalizePayment,
    Payment,
    PaymentReference,
    PaymentStatus,
)
from cardinity_client.models.threeds import ChallengeResult, ThreedsV2
from cardinity_client.wire.members import (
    MemberInvalid,
    amount,
    flag,
    identifier,
    last4,
    mapping,
    moment,
    own_words,
    parse_object,
    required,
    status,
    text,
    words,
)
from cardinity_client.wire.threeds import first_version, second_version, threeds_member

_STATUSES: Final = frozenset(get_args(PaymentStatus))


def encode_payment(payment: CreatePayment) -> bytes:
    """The body of POST /payments. It holds the card in plain: keep it for one request."""
    method, instrument = _instrument(payment.instrument)
    body: dict[str, object] = {
        "amount": payment.amount.text,
        "currency": payment.amount.currency,
        "settle": payment.settle,
        "order_id": payment.order_id,
        "country": payment.country,
        "payment_method": method,
        "payment_instrument": instrument,
    }
    if payment.description is not None:
        body["description"] = payment.description
    if payment.statement_descriptor_suffix is not None:
        body["statement_descriptor_suffix"] = payment.statement_descriptor_suffix
    if payment.threeds is not None:
        body["threeds2_data"] = threeds_member(payment.threeds)
    return msgspec.json.encode(body)


def encode_result(finalize: FinalizePayment) -> bytes:
    """The body of PATCH /payments/{id}: exactly one of the two versions' results."""
    result = finalize.result
    if isinstance(result, ChallengeResult):
        return msgspec.json.encode({"cres": result.cres.reveal()})
    return msgspec.json.encode({"authorize_data": "".join(result.pares.reveal().split())})


def parse_payment(body: bytes) -> Payment:
    """One payment object. Raises ResponseInvalid; an amount that is not money asks for an alarm."""
    return payment_of(parse_object(body))


def payment_of(row: Mapping[str, object]) -> Payment:
    """The payment in a decoded object. Raises ResponseInvalid."""
    try:
        instrument = mapping(row, "payment_instrument") or {}
        threeds_v1 = first_version(row) if "authorization_information" in row else None
        return Payment(
            id=identifier(row),
            order_id=text(row, "order_id"),
            amount=amount(row),
            created_at=moment(row),
            status=cast(PaymentStatus, status(row, _STATUSES)),
            type=required(row, "type"),
            live=flag(row, "live"),
            last4=last4(instrument),
            brand=words(instrument, "card_brand"),
            error=words(row, "error"),
            merchant_advice_code=words(row, "merchant_advice_code"),
            threeds_status_reason=words(row, "threeds_status_reason"),
            threeds_v1=threeds_v1,
            threeds_v2=_second_version(row, needed=threeds_v1 is None) if "threeds2_data" in row else None,
            description=_description(row),
        )
    except MemberInvalid as problem:
        raise ResponseInvalid(
            "payment_invalid", f"the payment's {problem.member} is missing or not what it should be"
        ) from None


def _description(row: Mapping[str, object]) -> str | None:
    """No text is none: nothing hangs on it, and another integration's must not make a whole page unreadable."""
    try:
        return own_words(row, "description")
    except MemberInvalid:
        return None


def _second_version(row: Mapping[str, object], *, needed: bool) -> ThreedsV2 | None:
    """Version 1 goes on where version 2 has failed, and then nobody is sent by what is left of version 2."""
    try:
        return second_version(row)
    except MemberInvalid:
        if needed:
            raise
        return None


def _instrument(instrument: Card | PaymentReference) -> tuple[str, dict[str, object]]:
    if isinstance(instrument, PaymentReference):
        return "recurring", {"payment_id": instrument.payment_id}
    card: dict[str, object] = {
        "pan": instrument.pan.reveal(),
        "exp_year": instrument.exp_year,
        "exp_month": instrument.exp_month,
        "holder": instrument.holder,
    }
    if instrument.cvc is not None:
        card["cvc"] = instrument.cvc.reveal()
    return "card", card
