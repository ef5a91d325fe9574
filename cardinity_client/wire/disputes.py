"""Chargebacks and RDR records in the gateway's JSON. They are only read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypedDict, cast, get_args

from cardinity_client.errors import ResponseInvalid
from cardinity_client.models.disputes import Chargeback, DisputeStatus, Rdr
from cardinity_client.money import Money
from cardinity_client.wire import members
from cardinity_client.wire.members import MemberInvalid

_STATUSES: Final = frozenset(get_args(DisputeStatus))


def chargeback_of(row: Mapping[str, object]) -> Chargeback:
    """The chargeback in a decoded object. Raises ResponseInvalid."""
    return Chargeback(**_common(row, "chargeback"))


def rdr_of(row: Mapping[str, object]) -> Rdr:
    """The RDR record in a decoded object. Raises ResponseInvalid."""
    return Rdr(**_common(row, "rdr"))


class _Common(TypedDict):
    id: str
    payment_id: str
    amount: Money
    created_at: datetime
    status: DisputeStatus
    live: bool
    order_id: str | None
    description: str | None
    reason: str | None


def _common(row: Mapping[str, object], kind: str) -> _Common:
    try:
        if members.required(row, "type") != kind:
            raise MemberInvalid("type")
        return {
            "id": members.identifier(row),
            "payment_id": members.identifier(row, "parent_id"),
            "amount": members.amount(row),
            "created_at": members.moment(row),
            "status": cast(DisputeStatus, members.status(row, _STATUSES)),
            "live": members.flag(row, "live"),
            "order_id": members.text(row, "order_id"),
            "description": members.own_words(row, "description"),
            "reason": members.words(row, "reason"),
        }
    except MemberInvalid as problem:
        raise ResponseInvalid(
            "dispute_invalid", f"the dispute's {problem.member} is missing or not what it should be"
        ) from None
