"""The gateway's operations, one async method each. A write that got a connection is never sent again.

What a write is, stands in `operations`; how it is sent and how reads are repeated, in `session`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Protocol, Self, TypeVar
from urllib.parse import quote

from cardinity_client import operations, wire
from cardinity_client.answers import Answer, Decision, LinkAnswer
from cardinity_client.errors import PaymentNotFound, ReadInvalid
from cardinity_client.hooks import NO_HOOKS, Hooks
from cardinity_client.models.checks import require_id, require_number
from cardinity_client.models.disputes import Chargeback, Rdr
from cardinity_client.models.follow_ups import (
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    Listing,
    Refund,
    Settlement,
    Void,
)
from cardinity_client.models.links import CreatePaymentLink, DeletePaymentLink, PaymentLink, UpdatePaymentLink
from cardinity_client.models.payments import CreatePayment, FinalizePayment, Page, Payment
from cardinity_client.operations import LINKS, PAYMENTS
from cardinity_client.reading import object_absent
from cardinity_client.secret import Secret
from cardinity_client.session import Session
from cardinity_client.settings import ClientSettings
from cardinity_client.transport import Http1Transport

#: Payments or chargebacks one list can hold. There is no paging beyond it.
PAGE_MAX: Final = 100


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


class _Belonging(_Identified, Protocol):
    @property
    def payment_id(self) -> str: ...


I = TypeVar("I", bound=_Identified)  # noqa: E741 - nobody reads it as a number
B = TypeVar("B", bound=_Belonging)


class CardinityClient:
    """One merchant account at the gateway. Use it as an async context manager, on one event loop.

    Writes return one of the values in `answers`: nothing the gateway or the network does raises, cancelling does, and
    whoever cancels one must take it for unknown. Each ends within `deadline_s` seconds, or `attempt_deadline_s` if that
    is less. Reads raise a GatewayReadError subclass. What cannot be asked for is not sent: RequestInvalid for a limit
    out of range and an id that is none, PaymentNotFound from `get_payment` for an id that no path can hold.
    """

    def __init__(
        self,
        settings: ClientSettings,
        *,
        hooks: Hooks = NO_HOOKS,
        transport: Http1Transport | None = None,
    ) -> None:
        self._settings = settings
        self._session = Session(settings, hooks, transport)
        self.breaker = self._session.breaker

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections. A write in flight then ends as unknown."""
        await self._session.aclose()

    def rekey(self, consumer_key: str, consumer_secret: Secret[str]) -> None:
        """Sign with these from the next attempt on. Raises SettingsInvalid for empty ones."""
        self._session.rekey(consumer_key, consumer_secret)

    async def ready(self) -> bool:
        """Whether a write may start: ask before the intent. Makes the breaker's probe when one is due."""
        return await self._session.ready()

    async def create_payment(self, payment: CreatePayment, *, deadline_s: float | None = None) -> Answer:
        """Charges once, holds, or checks a card, or says why not."""
        return await self._session.write(operations.CREATE_PAYMENT, payment, deadline_s)

    async def finalize_payment(self, result: FinalizePayment, *, deadline_s: float | None = None) -> Answer:
        """Ends the 3-D Secure step of a pending payment. It may be pending again: version 1 is due then.

        `Rejected` does not mean that the payment failed, for it may have been decided before: ask for it.
        """
        return await self._session.write(operations.FINALIZE_PAYMENT, result, deadline_s)

    async def create_refund(self, refund: CreateRefund, *, deadline_s: float | None = None) -> Decision[Refund]:
        """Gives money back once, or says why not."""
        return await self._session.write(operations.CREATE_REFUND, refund, deadline_s)

    async def create_settlement(
        self, settlement: CreateSettlement, *, deadline_s: float | None = None
    ) -> Decision[Settlement]:
        """Takes what a hold holds, all or a part, or says why not."""
        return await self._session.write(operations.CREATE_SETTLEMENT, settlement, deadline_s)

    async def create_void(self, void: CreateVoid, *, deadline_s: float | None = None) -> Decision[Void]:
        """Lets a hold go, or says why not."""
        return await self._session.write(operations.CREATE_VOID, void, deadline_s)

    async def create_payment_link(self, link: CreatePaymentLink, *, deadline_s: float | None = None) -> LinkAnswer:
        """Makes a page on which somebody pays. An account whose links are switched off rejects it.

        The gateway has no list of links: one whose answer was lost is not found again, and harms nobody who was not
        told its address.
        """
        return await self._session.write(operations.CREATE_LINK, link, deadline_s)

    async def update_payment_link(self, update: UpdatePaymentLink, *, deadline_s: float | None = None) -> LinkAnswer:
        """Moves the end of a link, or switches it."""
        return await self._session.write(operations.UPDATE_LINK, update, deadline_s)

    async def delete_payment_link(self, link: DeletePaymentLink, *, deadline_s: float | None = None) -> LinkAnswer:
        """Ends a link for good. What the gateway says the second time is not known."""
        return await self._session.write(operations.DELETE_LINK, link, deadline_s)

    async def get_payment(self, payment_id: str) -> Payment:
        """One payment by the gateway's id, of whatever shape the gateway gave it."""
        if not wire.valid_id(payment_id):
            raise PaymentNotFound("payment_id_format", "no payment can have that id")
        path = f"{PAYMENTS}/{quote(payment_id, safe='')}"
        payment = await self._session.read(
            "get_payment", path, wire.parse_payment, bytes_max=self._settings.response_bytes_max
        )
        return _itself(payment, payment_id)

    async def list_payments(self, limit: int = PAGE_MAX) -> Page:
        """The latest payments, newest first, at most PAGE_MAX."""
        return await self._session.read(
            "list_payments",
            PAYMENTS,
            self._session.pages,
            bytes_max=self._settings.page_bytes_max,
            limit=_bounded(limit),
        )

    async def get_refund(self, payment_id: str, refund_id: str) -> Refund:
        """One refund of that payment."""
        return await self._one("get_refund", payment_id, "refunds", refund_id, wire.refund_of)

    async def list_refunds(self, payment_id: str) -> Listing[Refund]:
        """The refunds of that payment."""
        return await self._all("list_refunds", payment_id, "refunds", wire.refund_of)

    async def get_settlement(self, payment_id: str, settlement_id: str) -> Settlement:
        """One settlement of that hold."""
        return await self._one("get_settlement", payment_id, "settlements", settlement_id, wire.settlement_of)

    async def list_settlements(self, payment_id: str) -> Listing[Settlement]:
        """The settlements of that hold."""
        return await self._all("list_settlements", payment_id, "settlements", wire.settlement_of)

    async def get_void(self, payment_id: str, void_id: str) -> Void:
        """One void of that hold."""
        return await self._one("get_void", payment_id, "voids", void_id, wire.void_of)

    async def list_voids(self, payment_id: str) -> Listing[Void]:
        """The voids of that hold."""
        return await self._all("list_voids", payment_id, "voids", wire.void_of)

    async def list_chargebacks(self, limit: int = PAGE_MAX) -> Listing[Chargeback]:
        """The account's latest chargebacks, newest first, at most PAGE_MAX."""
        return await self._session.read(
            "list_chargebacks",
            f"{PAYMENTS}/chargebacks",
            wire.listing_of(wire.chargeback_of),
            bytes_max=self._settings.page_bytes_max,
            limit=_bounded(limit),
        )

    async def list_payment_chargebacks(self, payment_id: str) -> Listing[Chargeback]:
        """The chargebacks of that payment."""
        return await self._all("list_payment_chargebacks", payment_id, "chargebacks", wire.chargeback_of)

    async def get_chargeback(self, payment_id: str, chargeback_id: str) -> Chargeback:
        """One chargeback of that payment."""
        return await self._one("get_chargeback", payment_id, "chargebacks", chargeback_id, wire.chargeback_of)

    async def list_rdrs(self, payment_id: str) -> Listing[Rdr]:
        """The RDR records of that payment. Only the read of a single one is known to exist at the gateway."""
        return await self._all("list_rdrs", payment_id, "rdrs", wire.rdr_of)

    async def get_rdr(self, payment_id: str, rdr_id: str) -> Rdr:
        """One RDR record of that payment."""
        return await self._one("get_rdr", payment_id, "rdrs", rdr_id, wire.rdr_of)

    async def get_payment_link(self, link_id: str) -> PaymentLink:
        """One link by its id."""
        path = f"{LINKS}/{_segment(link_id, 'link_id')}"
        link = await self._session.read(
            "get_payment_link",
            path,
            _reader(wire.link_of),
            bytes_max=self._settings.response_bytes_max,
            absent=object_absent,
        )
        return _itself(link, link_id)

    async def _one(
        self, name: str, payment_id: str, kind: str, item_id: str, read: Callable[[Mapping[str, object]], B]
    ) -> B:
        path = f"{PAYMENTS}/{_segment(payment_id, 'payment_id')}/{kind}/{_segment(item_id, 'id')}"
        item = await self._session.read(
            name, path, _reader(read), bytes_max=self._settings.response_bytes_max, absent=object_absent
        )
        return _of_parent(_itself(item, item_id), payment_id)

    async def _all(
        self, name: str, payment_id: str, kind: str, read: Callable[[Mapping[str, object]], B]
    ) -> Listing[B]:
        path = f"{PAYMENTS}/{_segment(payment_id, 'payment_id')}/{kind}"
        listing = await self._session.read(name, path, wire.listing_of(read), bytes_max=self._settings.page_bytes_max)
        for item in listing.items:
            _of_parent(item, payment_id)
        return listing


def _reader(read: Callable[[Mapping[str, object]], I]) -> Callable[[bytes], I]:
    return lambda body: read(wire.parse_object(body))


# Stricter than `get_payment`: a charge is believed under any id that is safe in a path, for it must not become unknown
# over the shape of its id, and is asked for by it. What hangs on a payment is not money in doubt.
def _segment(value: str, field: str) -> str:
    require_id(value, field)
    return quote(value, safe="")


def _itself(item: I, item_id: str) -> I:
    if item.id != item_id:
        raise ReadInvalid("mismatch_id", "the gateway answered with another object")
    return item


def _of_parent(item: B, payment_id: str) -> B:
    if item.payment_id != payment_id:
        raise ReadInvalid("mismatch_parent", "the gateway answered with what belongs to another payment")
    return item


def _bounded(limit: int) -> int:
    require_number(limit, "limit", 1, PAGE_MAX)
    return limit
