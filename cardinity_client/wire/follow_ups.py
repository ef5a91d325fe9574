"""Refunds, settlements and voids in the gateway's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypedDict, cast, get_args

import msgspec

from cardinity_client.errors import ResponseInvalid
from cardinity_client.models.follow_ups import (
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    FollowUpStatus,
    Refund,
    Settlement,
    Void,
)
from cardinity_client.wire import members
from cardinity_client.wire.members import MemberInvalid

_STATUSES: Final = frozenset(get_args(FollowUpStatus))


def encode_part(asked: CreateRefund | CreateSettlement) -> bytes:
    """The body of POST …/refunds and …/settlements. The currency is the payment's; there is no member for it."""
    return msgspec.json.encode({"amount": asked.amount.text, **_described(asked.description)})


def encode_void(asked: CreateVoid) -> bytes:
    """The body of POST …/voids."""
    return msgspec.json.encode(_described(asked.description))


def refund_of(row: Mapping[str, object]) -> Refund:
    """The refund in a decoded object. Raises ResponseInvalid, as the others do."""
    try:
        return Refund(**_common(row, "refund"), amount=members.amount(row))
    except MemberInvalid as problem:
        raise _invalid(problem) from None


def settlement_of(row: Mapping[str, object]) -> Settlement:
    """The settlement in a decoded object."""
    try:
        return Settlement(**_common(row, "settlement"), amount=members.amount(row))
    except MemberInvalid as problem:
        raise _invalid(problem) from None


def void_of(row: Mapping[str, object]) -> Void:
    """The void in a decoded object."""
    try:
        return Void(**_common(row, "void"))
    except MemberInvalid as problem:
        raise _invalid(problem) from None


class _Common(TypedDict):
    id: str
    payment_id: str
    created_at: datetime
    status: FollowUpStatus
    live: bool
    order_id: str | None
    description: str | None
    error: str | None


def _common(row: Mapping[str, object], kind: str) -> _Common:
    if members.required(row, "type") != kind:
        raise MemberInvalid("type")
    return {
        "id": members.identifier(row),
        "payment_id": members.identifier(row, "parent_id"),
        "created_at": members.moment(row),
        "status": cast(FollowUpStatus, members.status(row, _STATUSES)),
        "live": members.flag(row, "live"),
        "order_id": members.text(row, "order_id"),
        "description": members.own_words(row, "description"),
        "error": members.words(row, "error"),
    }


def _described(description: str | None) -> dict[str, str]:
    return {} if description is None else {"description": description}


def _invalid(problem: MemberInvalid) -> ResponseInvalid:
    return ResponseInvalid("follow_up_invalid", f"its {problem.member} is missing or not what it should be")
