"""How a process refunds, settles and voids at the gateway, and reads what follows a payment: over the same network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from cardinity_client import (
    Approved,
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    Decision,
    Declined,
    Pending,
    Rejected,
)
from cardinity_client.errors import ObjectNotFound, PaymentNotFound, ReadUnavailable
from cardinity_client.models.follow_ups import FollowUp, FollowUpStatus, Listing
from producers.contract import names
from tests.simulation import times
from tests.simulation.followed import Request
from tests.simulation.gateway_link import ANSWER_S, GatewayLink
from tests.simulation.orders import Verdict, order_of

_STATUSES: Final[Mapping[Verdict, tuple[FollowUpStatus, FollowUpStatus]]] = {
    Verdict.APPROVED: ("approved", "approved"),
    Verdict.DECLINED: ("declined", "declined"),
    Verdict.PENDING_APPROVED: ("processing", "approved"),
    Verdict.PENDING_DECLINED: ("processing", "declined"),
}
_ANSWERS: Final[Mapping[FollowUpStatus, Any]] = {"approved": Approved, "declined": Declined, "processing": Pending}

R = TypeVar("R", bound=Request)


class FollowingLink(GatewayLink):
    """The whole of what the product calls."""

    async def create_refund(self, asked: CreateRefund, *, deadline_s: float | None = None) -> Decision[FollowUp]:
        return await self._make(asked, deadline_s)

    async def create_settlement(
        self, asked: CreateSettlement, *, deadline_s: float | None = None
    ) -> Decision[FollowUp]:
        return await self._make(asked, deadline_s)

    async def create_void(self, asked: CreateVoid, *, deadline_s: float | None = None) -> Decision[FollowUp]:
        return await self._make(asked, deadline_s)

    async def list_refunds(self, payment_id: str) -> Listing[FollowUp]:
        return await self._listed(names.REFUND, payment_id)

    async def list_settlements(self, payment_id: str) -> Listing[FollowUp]:
        return await self._listed(names.SETTLEMENT, payment_id)

    async def list_voids(self, payment_id: str) -> Listing[FollowUp]:
        return await self._listed(names.VOID, payment_id)

    async def get_refund(self, payment_id: str, made_id: str) -> FollowUp:
        return await self._made(made_id)

    async def get_settlement(self, payment_id: str, made_id: str) -> FollowUp:
        return await self._made(made_id)

    async def get_void(self, payment_id: str, made_id: str) -> FollowUp:
        return await self._made(made_id)

    async def _make(self, asked: Request, deadline_s: float | None) -> Decision[FollowUp]:
        order_id = order_of(asked.description)
        return await self._write(order_id, deadline_s, lambda at, fault: self._book_made(order_id, asked, at, fault))

    def _book_made(self, order_id: str, asked: Request, at: float, fault: str) -> Decision[FollowUp]:
        gateway, verdict = self._gateway, self._verdicts(order_id)
        if verdict is Verdict.REJECTED:
            return Rejected(400, "Validation Failed", ())
        status, finally_ = _STATUSES[verdict]
        other = fault == "post.other_amount"
        made = gateway.followed.decide(asked, status, more_minor=int(other))
        finally_at = at + self._chance() * times.HORIZON_S
        gateway.land_made(order_id, made, at, finally_=finally_, finally_at=finally_at)
        if fault == "post.charged_twice" and verdict is Verdict.APPROVED:
            gateway.counts.doubled.add(order_id)
            gateway.land_made(order_id, gateway.followed.decide(asked, status), at, finally_=finally_, finally_at=at)
        answer: Decision[FollowUp] = _ANSWERS[status](made)
        return answer

    async def _listed(self, kind: str, payment_id: str) -> Listing[FollowUp]:
        await self._wait(self._chance() * ANSWER_S)
        self._may_fail("list.fails")
        if payment_id not in self._gateway.by_id or self._buggify("get.not_found"):
            raise PaymentNotFound("payment_not_found", "the double knows no such payment", 404)
        listing = self._gateway.followed.listing(kind, payment_id)
        await self._wait(self._chance() * ANSWER_S)
        return listing

    async def _made(self, made_id: str) -> FollowUp:
        await self._wait(self._chance() * ANSWER_S)
        self._may_fail("get.fails")
        made = self._gateway.followed.get(made_id)
        if made is None:
            raise ObjectNotFound("object_not_found", "the double knows no such object", 404)
        await self._wait(self._chance() * ANSWER_S)
        return made

    def _may_fail(self, fault: str) -> None:
        if self._buggify(fault) or self._is_down:
            raise ReadUnavailable("http_5xx", "the double's read fails", 500)
