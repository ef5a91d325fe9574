"""Payment links in the gateway's JSON."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cardinity_client.errors import ResponseInvalid
from cardinity_client.models.checks import is_url
from cardinity_client.models.links import CreatePaymentLink, PaymentLink, UpdatePaymentLink
from cardinity_client.wire import members
from cardinity_client.wire.members import MemberInvalid


def encode_link(asked: CreatePaymentLink) -> bytes:
    """The body of POST /paymentLinks."""
    body: dict[str, object] = {
        "amount": asked.amount.text,
        "currency": asked.amount.currency,
        "description": asked.description,
        "multiple_use": asked.multiple_use,
    }
    if asked.country is not None:
        body["country"] = asked.country
    if asked.expires_at is not None:
        body["expiration_date"] = members.written(asked.expires_at)
    return msgspec.json.encode(body)


def encode_update(asked: UpdatePaymentLink) -> bytes:
    """The body of PATCH /paymentLinks/{id}."""
    body: dict[str, object] = {}
    if asked.expires_at is not None:
        body["expiration_date"] = members.written(asked.expires_at)
    if asked.enabled is not None:
        body["enabled"] = asked.enabled
    return msgspec.json.encode(body)


def link_of(row: Mapping[str, object]) -> PaymentLink:
    """The link in a decoded object; `deleted` is there once it is. Raises ResponseInvalid."""
    try:
        return PaymentLink(
            id=members.identifier(row),
            url=_url(row),
            amount=members.amount(row),
            description=members.shown(members.required(row, "description")),
            country=members.words(row, "country"),
            expires_at=members.moment(row, "expiration_date") if row.get("expiration_date") is not None else None,
            multiple_use=members.flag(row, "multiple_use"),
            enabled=members.flag(row, "enabled"),
            deleted=row.get("deleted") is not None and members.flag(row, "deleted"),
        )
    except MemberInvalid as problem:
        raise ResponseInvalid(
            "link_invalid", f"the link's {problem.member} is missing or not what it should be"
        ) from None


def _url(row: Mapping[str, object]) -> str:
    value = members.whole(row, "url")
    if not is_url(value):
        raise MemberInvalid("url")
    return value
