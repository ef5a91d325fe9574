"""One of every write, and the object that the gateway makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cardinity_client import (
    AuthorizeData,
    ChallengeResult,
    CreatePaymentLink,
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    DeletePaymentLink,
    FinalizePayment,
    Money,
    Secret,
    UpdatePaymentLink,
)
from cardinity_client.operations import (
    CREATE_LINK,
    CREATE_PAYMENT,
    CREATE_REFUND,
    CREATE_SETTLEMENT,
    CREATE_VOID,
    DELETE_LINK,
    FINALIZE_PAYMENT,
    UPDATE_LINK,
    Operation,
)
from tests.unit.client.builders import PAYMENT_ID, charge, encoded, payment_row

REFUND_ID = "b1d7a3f0-7c1e-4d0c-9a51-0b6f4e2d9c10"
LINK_ID = "6c0c1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
OTHER_ID = "00000000-0000-4000-8000-000000000000"
AMOUNT = Money(500, "EUR")
EXPIRES_AT = datetime(2026, 2, 1, 12, 0, 0, 678_000, UTC)


def follow_up_row(kind: str, **changes: Any) -> dict[str, Any]:
    """A refund, settlement or void that was approved; a member changed to `...` is left out."""
    row = {
        "id": REFUND_ID,
        "amount": "5.00",
        "currency": "EUR",
        "type": kind,
        "created": "2026-01-16T08:00:00Z",
        "live": False,
        "parent_id": PAYMENT_ID,
        "status": "approved",
        "order_id": "ORD-1",
        "description": "Returned lid R-77",
    } | changes
    if kind == "void":
        row |= {"amount": ..., "currency": ...}
    return {name: value for name, value in row.items() if value is not ...}


def dispute_row(kind: str = "chargeback", **changes: Any) -> dict[str, Any]:
    """A chargeback or RDR record."""
    return follow_up_row(kind, **({"status": "initiated", "reason": "4837: No authorisation"} | changes))


def link_row(**changes: Any) -> dict[str, Any]:
    """A payment link; a member changed to `...` is left out."""
    row = {
        "id": LINK_ID,
        "url": f"https://checkout.cardinity.com/link/{LINK_ID}",
        "amount": "5.00",
        "currency": "EUR",
        "country": "LT",
        "description": "Invoice 77",
        "expiration_date": "2026-02-01T12:00:00.678Z",
        "multiple_use": False,
        "enabled": True,
    } | changes
    return {name: value for name, value in row.items() if value is not ...}


@dataclass(frozen=True)
class Write:
    """What is asked, and the row that fulfils it. `mismatches` has what makes the row somebody else's, by code."""

    label: str
    operation: Operation[Any, Any, Any]
    asked: Any
    row: dict[str, Any]
    mismatches: Mapping[str, dict[str, Any]]

    @property
    def name(self) -> str:
        return self.operation.name

    def body(self, **changes: Any) -> bytes:
        """The answer's body; a member changed to `...` is left out."""
        return encoded({name: value for name, value in (self.row | changes).items() if value is not ...})


_AMOUNTS: dict[str, dict[str, Any]] = {
    "mismatch_currency": {"currency": "USD"},
    "mismatch_amount": {"amount": "5.01"},
}
_PAYMENT_AMOUNTS: dict[str, dict[str, Any]] = {
    "mismatch_order_id": {"order_id": "ORD-2"},
    "mismatch_currency": {"currency": "USD"},
    "mismatch_amount": {"amount": "10.01"},
}
_PARTS: dict[str, dict[str, Any]] = {
    "mismatch_parent": {"parent_id": OTHER_ID},
    "mismatch_description": {"description": ...},
}
_FINALIZED = FinalizePayment(PAYMENT_ID, "ORD-1", Money(1000, "EUR"), ChallengeResult(Secret("3ds2-pass")))
_REFUND = CreateRefund(PAYMENT_ID, AMOUNT, "Returned lid R-77")
_SETTLEMENT = CreateSettlement(PAYMENT_ID, AMOUNT, "Returned lid R-77")

#: Every operation at least once.
WRITES: tuple[Write, ...] = (
    Write(
        "charge",
        CREATE_PAYMENT,
        charge(),
        payment_row(),
        {**_PAYMENT_AMOUNTS, "mismatch_type": {"type": "authorization"}},
    ),
    Write(
        "card check",
        CREATE_PAYMENT,
        replace(charge(amount="0.00"), settle=False),
        payment_row(amount="0.00", type="authorization"),
        {"mismatch_type": {"type": "purchase"}, "mismatch_amount": {"amount": "0.01"}},
    ),
    Write(
        "version 2", FINALIZE_PAYMENT, _FINALIZED, payment_row(), {**_PAYMENT_AMOUNTS, "mismatch_id": {"id": OTHER_ID}}
    ),
    Write(
        "version 1",
        FINALIZE_PAYMENT,
        replace(_FINALIZED, order_id=None, result=AuthorizeData(Secret("3d-pass"))),
        payment_row(order_id=...),
        {"mismatch_order_id": {"order_id": "ORD-1"}},
    ),
    Write("refund", CREATE_REFUND, _REFUND, follow_up_row("refund"), {**_PARTS, **_AMOUNTS}),
    Write("refund without words", CREATE_REFUND, replace(_REFUND, description=None), follow_up_row("refund"), _AMOUNTS),
    Write("settlement", CREATE_SETTLEMENT, _SETTLEMENT, follow_up_row("settlement"), {**_PARTS, **_AMOUNTS}),
    Write("void", CREATE_VOID, CreateVoid(PAYMENT_ID, "Returned lid R-77"), follow_up_row("void"), _PARTS),
    Write("void without words", CREATE_VOID, CreateVoid(PAYMENT_ID), follow_up_row("void", description=...), {}),
    Write(
        "link",
        CREATE_LINK,
        CreatePaymentLink(AMOUNT, "Invoice 77", "LT", EXPIRES_AT),
        link_row(),
        {
            **_AMOUNTS,
            "mismatch_description": {"description": "Invoice 78"},
            "mismatch_multiple_use": {"multiple_use": True},
            "mismatch_expires_at": {"expiration_date": "2026-02-01T12:00:00.679Z"},
        },
    ),
    Write("plain link", CREATE_LINK, CreatePaymentLink(AMOUNT, "Invoice 77"), link_row(country=...), {}),
    Write(
        "update",
        UPDATE_LINK,
        UpdatePaymentLink(LINK_ID, EXPIRES_AT, enabled=False),
        link_row(enabled=False),
        {
            "mismatch_id": {"id": OTHER_ID},
            "mismatch_enabled": {"enabled": True},
            "mismatch_expires_at": {"expiration_date": ...},
        },
    ),
    Write("delete", DELETE_LINK, DeletePaymentLink(LINK_ID), link_row(deleted=True), {"mismatch_id": {"id": OTHER_ID}}),
)

#: Each operation's first.
BY_NAME = {write.name: write for write in reversed(WRITES)}
