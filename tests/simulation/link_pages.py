"""Payment links: the gateway's side of them, and customers who pay on the page that they are told of."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from cardinity_client import Done, LinkAnswer, Payment, PaymentLink, Rejected
from cardinity_client.errors import ObjectNotFound
from cardinity_client.models.links import CreatePaymentLink, DeletePaymentLink
from cardinity_client.models.payments import PaymentStatus
from cardinity_client.money import Money
from producers.contract import states
from producers.errors import ProducerError
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record, record_from
from tests.simulation import times
from tests.simulation.asking import LOOK_S, THINK_S
from tests.simulation.chance import BEGIN_S
from tests.simulation.gateway import DO_NOT_HONOR, GatewayDouble
from tests.simulation.gateway_link import ANSWER_S
from tests.simulation.holding_link import HoldingLink
from tests.simulation.orders import LINK_LIFE_MS, Paying, Verdict, order_of
from tests.simulation.processes import Process, Scheduler

#: Where nobody goes any more.
_OVER: Final = states.TERMINAL | {states.PARKED}
#: Seconds before the end of a link at which somebody begins to pay who is late.
LATE_S: Final = 0.02


class LinkingLink(HoldingLink):
    """The whole of what the product calls of the gateway."""

    async def create_payment_link(self, asked: CreatePaymentLink, *, deadline_s: float | None = None) -> LinkAnswer:
        order_id = order_of(asked.description)
        made: Any = await self._write(order_id, deadline_s, lambda at, fault: self._open(order_id, asked, at, fault))
        return made  # type: ignore[no-any-return]

    async def get_payment_link(self, link_id: str) -> PaymentLink:
        await self._wait(self._chance() * ANSWER_S)
        self._may_fail("get.fails")
        link = self._gateway.links.get(link_id)
        if link is None:
            raise ObjectNotFound("object_not_found", "the double knows no such link", 404)
        await self._wait(self._chance() * ANSWER_S)
        return link

    async def delete_payment_link(self, asked: DeletePaymentLink) -> LinkAnswer:
        def delete() -> LinkAnswer:
            links = self._gateway.links
            links[asked.link_id] = replace(links[asked.link_id], deleted=True)
            return Done(links[asked.link_id])

        deleted: LinkAnswer = await self._later(None, delete)
        return deleted

    def _open(self, order_id: str, asked: CreatePaymentLink, at: float, fault: str) -> Any:
        if self._verdicts(order_id) is Verdict.REJECTED:
            return Rejected(400, "Validation Failed", ())
        amount = Money(asked.amount.minor + 1, asked.amount.currency) if fault == "post.other_amount" else asked.amount
        link_id = self._gateway.new_id()
        link = PaymentLink(
            link_id,
            f"https://pay.example/{link_id}",
            amount,
            asked.description,
            asked.country,
            asked.expires_at,
            multiple_use=False,
            enabled=True,
            deleted=False,
        )
        self._scheduler.at(at, self._gateway.links.__setitem__, link_id, link)
        return Done(link)


class Shopper:
    """Looks for the address of one order's link, and does there what this customer does."""

    def __init__(
        self,
        process: Process,
        scheduler: Scheduler,
        ledger: Executor,
        gateways: Mapping[str, GatewayDouble],
        order_id: str,
        paying: Paying,
    ) -> None:
        self.process = process
        self.done = False
        self._scheduler = scheduler
        self._chance = scheduler.random.random
        self._ledger = ledger
        self._gateways = gateways
        self._order_id = order_id
        self._paying = paying

    async def live(self) -> None:
        """Until this customer has done what there is to do, or nobody can do anything any more."""
        record = await self._told()
        if record.state == states.PENDING:
            await self._act(self._gateways[record.lane], record.text("link_id"))
        self.done = True

    async def _told(self) -> Record:
        """The order as soon as its link has an address, or when it is over."""
        while True:
            await asyncio.sleep(self._chance() * LOOK_S)
            try:
                written = await self._ledger.read("HGETALL", keys.order(self._order_id))
            except ProducerError:
                continue  # the page is loaded again
            record = record_from(self._order_id, written)
            if record.text("link_url") or record.state in _OVER:
                return record

    async def _act(self, gateway: GatewayDouble, link_id: str) -> None:
        match self._paying:
            case Paying.NEVER:
                return
            case Paying.LATE:
                begins_at = LINK_LIFE_MS / 1000 - self._chance() * LATE_S
                await asyncio.sleep(max(0.0, begins_at - self._scheduler.now))
                self._pay(gateway, link_id, "approved")
            case Paying.CANCELLED:
                await asyncio.sleep(self._chance() * THINK_S)
                await self._cancel()
                if self._chance() < 0.5:
                    await asyncio.sleep(self._chance() * THINK_S)
                    self._pay(gateway, link_id, "approved")
            case Paying.IN_THE_END:
                self._pay(gateway, link_id, "declined")
                await asyncio.sleep(self._chance() * THINK_S)
                self._pay(gateway, link_id, "approved")
            case Paying.ONCE | Paying.TWICE:
                await asyncio.sleep(self._chance() * THINK_S)
                self._pay(gateway, link_id, "approved")
                if self._paying is Paying.TWICE:
                    await asyncio.sleep(self._chance() * THINK_S)
                    self._pay(gateway, link_id, "approved")

    async def _cancel(self) -> None:
        while True:
            try:
                await self._ledger.run(calls.withdraw(self._order_id, link=True))
            except ProducerError:
                await asyncio.sleep(LOOK_S)  # the merchant asks again
            else:
                return

    def _pay(self, gateway: GatewayDouble, link_id: str, status: PaymentStatus) -> None:
        """Begin to pay, if the page still lets one; the gateway may take its time over it."""
        link, now = gateway.links[link_id], self._scheduler.now
        over = link.expires_at is not None and BEGIN_S + now >= link.expires_at.timestamp()
        if link.deleted or over:
            return
        if status == "approved" and gateway.counts.charges[self._order_id]:
            gateway.counts.doubled.add(self._order_id)
        late = self._chance() < 0.3 or self._paying is Paying.LATE
        takes_s = self._chance() * ((times.NETWORK_S + times.GATEWAY_LATE_S) if late else ANSWER_S)
        gateway.land(_paid(gateway.new_id(), link, status), now + takes_s, order_id=self._order_id)


def _paid(payment_id: str, link: PaymentLink, status: PaymentStatus) -> Payment:
    """A payment on the page; it has no order_id, and the description of the link."""
    return Payment(
        id=payment_id,
        order_id=None,
        amount=link.amount,
        created_at=datetime.fromtimestamp(BEGIN_S),
        status=status,
        type="purchase",
        live=False,
        last4="0000",
        brand="Visa",
        error=DO_NOT_HONOR if status == "declined" else None,
        merchant_advice_code=None,
        threeds_status_reason=None,
        description=link.description,
    )
