"""Every write the gateway takes, as data: where it goes, what it carries, what its answer must be to be believed.

One mechanism sends and classifies them all, and this table says how they differ. An answer counts only under the
statuses given here, in the state that goes with the status, and when it speaks of the very thing that was asked for:
its parent, amount, currency and reference. Anything else is `Unknown`, with an alarm: it is someone else's answer.

The gateway's documents do not fix which 2xx follows which write, and its own clients take any: what is not a charge is
believed under 200 as under 201.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from cardinity_client import wire
from cardinity_client.answers import Approved, Declined, Done, Pending, Verdict
from cardinity_client.errors import ResponseInvalid
from cardinity_client.models.follow_ups import (
    CreateRefund,
    CreateSettlement,
    CreateVoid,
    FollowUp,
    Refund,
    Settlement,
    Void,
)
from cardinity_client.models.links import CreatePaymentLink, DeletePaymentLink, PaymentLink, UpdatePaymentLink
from cardinity_client.models.payments import CreatePayment, FinalizePayment, Payment
from cardinity_client.money import Money

A = TypeVar("A")
T = TypeVar("T")
E = TypeVar("E", bound=Verdict)

#: Paths below the base URL.
PAYMENTS: Final = "/payments"
LINKS: Final = "/paymentLinks"

#: What a payment's `type` says, by `settle`. Another word than these two contradicts nothing.
_OPPOSITE_TYPE: Final = {True: "authorization", False: "purchase"}


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Generic[A, T, E]):
    """One kind of write, from what is asked (`A`) over the object that comes back (`T`) to what it means (`E`).

    `match` raises ResponseInvalid with an alarm when the object is not of what was asked. `ends` has, by HTTP status
    and the object's `state`, what it means; any other pair contradicts itself.
    """

    name: str
    method: Literal["POST", "PATCH", "DELETE"]
    path: Callable[[A], str]
    encode: Callable[[A], bytes]
    read: Callable[[Mapping[str, object]], T]
    match: Callable[[A, T], None]
    state: Callable[[T], str]
    ends: Mapping[int, Mapping[str, Callable[[T], E]]]


_Decided: TypeAlias = Approved[T] | Declined[T] | Pending[T]
_Ends: TypeAlias = Mapping[int, Mapping[str, Callable[[Any], Any]]]

_UNDECIDED: Final = {"pending": Pending, "processing": Pending}
_TAKEN: Final = {"approved": Approved, **_UNDECIDED}
_DECLINED: Final = {"declined": Declined}
_KEPT: Final = {"kept": Done}

#: What a bank says to a charge.
_CHARGE_ENDS: Final[_Ends] = {201: _TAKEN, 202: _UNDECIDED, 402: _DECLINED}

#: What it says to everything else.
_OTHER_ENDS: Final[_Ends] = {200: _TAKEN, **_CHARGE_ENDS}

#: What the gateway says to a link that stays.
_LINK_ENDS: Final[_Ends] = {200: _KEPT, 201: _KEPT}


def _match_payment(asked: CreatePayment, payment: Payment) -> None:
    if payment.order_id != asked.order_id:
        raise ResponseInvalid("mismatch_order_id", "the payment is another order's", alarm=True)
    _match_amount(asked.amount, payment.amount)
    if payment.type == _OPPOSITE_TYPE[asked.settle]:
        raise ResponseInvalid("mismatch_type", "a hold was asked for and taken, or the other way round", alarm=True)


def _match_finalized(asked: FinalizePayment, payment: Payment) -> None:
    if payment.id != asked.payment_id:
        raise ResponseInvalid("mismatch_id", "the gateway answered with another object", alarm=True)
    if payment.order_id != asked.order_id:
        raise ResponseInvalid("mismatch_order_id", "the payment is another order's", alarm=True)
    _match_amount(asked.amount, payment.amount)


def _match_part(asked: CreateRefund | CreateSettlement, part: Refund | Settlement) -> None:
    _match_follow_up(asked, part)
    _match_amount(asked.amount, part.amount)


def _match_follow_up(asked: CreateRefund | CreateSettlement | CreateVoid, made: FollowUp) -> None:
    if made.payment_id != asked.payment_id:
        raise ResponseInvalid("mismatch_parent", "it belongs to another payment", alarm=True)
    if asked.description is not None and made.description != wire.shown(asked.description):
        raise ResponseInvalid("mismatch_description", "its description is not the one that was given", alarm=True)


def _match_link(asked: CreatePaymentLink, link: PaymentLink) -> None:
    _match_amount(asked.amount, link.amount)
    if link.description != wire.shown(asked.description):
        raise ResponseInvalid("mismatch_description", "its description is not the one that was given", alarm=True)
    if link.multiple_use != asked.multiple_use:
        raise ResponseInvalid("mismatch_multiple_use", "the link can be used as often as nobody asked for", alarm=True)
    _match_end(asked.expires_at, link.expires_at)


def _match_update(asked: UpdatePaymentLink, link: PaymentLink) -> None:
    _match_link_id(asked, link)
    if asked.enabled is not None and link.enabled != asked.enabled:
        raise ResponseInvalid("mismatch_enabled", "the link is not switched as was asked", alarm=True)
    _match_end(asked.expires_at, link.expires_at)


def _match_link_id(asked: UpdatePaymentLink | DeletePaymentLink, link: PaymentLink) -> None:
    if link.id != asked.link_id:
        raise ResponseInvalid("mismatch_id", "the gateway answered with another object", alarm=True)


def _match_amount(asked: Money, found: Money) -> None:
    if found.currency != asked.currency:
        raise ResponseInvalid("mismatch_currency", "it is in another currency", alarm=True)
    if found != asked:
        raise ResponseInvalid("mismatch_amount", "it is of another amount", alarm=True)


def _match_end(asked: datetime | None, found: datetime | None) -> None:
    if asked is not None and (found is None or wire.written(found) != wire.written(asked)):
        raise ResponseInvalid("mismatch_expires_at", "the link ends at another time", alarm=True)


def _below_payment(name: str) -> Callable[[CreateRefund | CreateSettlement | CreateVoid], str]:
    return lambda asked: f"{PAYMENTS}/{asked.payment_id}/{name}"


def _link_state(link: PaymentLink) -> str:
    return "deleted" if link.deleted else "kept"


CREATE_PAYMENT: Final[Operation[CreatePayment, Payment, _Decided[Payment]]] = Operation(
    name="create_payment",
    method="POST",
    path=lambda asked: PAYMENTS,
    encode=wire.encode_payment,
    read=wire.payment_of,
    match=_match_payment,
    state=attrgetter("status"),
    ends=_CHARGE_ENDS,
)

FINALIZE_PAYMENT: Final[Operation[FinalizePayment, Payment, _Decided[Payment]]] = Operation(
    name="finalize_payment",
    method="PATCH",
    path=lambda asked: f"{PAYMENTS}/{asked.payment_id}",
    encode=wire.encode_result,
    read=wire.payment_of,
    match=_match_finalized,
    state=attrgetter("status"),
    ends=_OTHER_ENDS,
)

CREATE_REFUND: Final[Operation[CreateRefund, Refund, _Decided[Refund]]] = Operation(
    name="create_refund",
    method="POST",
    path=_below_payment("refunds"),
    encode=wire.encode_part,
    read=wire.refund_of,
    match=_match_part,
    state=attrgetter("status"),
    ends=_OTHER_ENDS,
)

CREATE_SETTLEMENT: Final[Operation[CreateSettlement, Settlement, _Decided[Settlement]]] = Operation(
    name="create_settlement",
    method="POST",
    path=_below_payment("settlements"),
    encode=wire.encode_part,
    read=wire.settlement_of,
    match=_match_part,
    state=attrgetter("status"),
    ends=_OTHER_ENDS,
)

CREATE_VOID: Final[Operation[CreateVoid, Void, _Decided[Void]]] = Operation(
    name="create_void",
    method="POST",
    path=_below_payment("voids"),
    encode=wire.encode_void,
    read=wire.void_of,
    match=_match_follow_up,
    state=attrgetter("status"),
    ends=_OTHER_ENDS,
)

CREATE_LINK: Final[Operation[CreatePaymentLink, PaymentLink, Done[PaymentLink]]] = Operation(
    name="create_payment_link",
    method="POST",
    path=lambda asked: LINKS,
    encode=wire.encode_link,
    read=wire.link_of,
    match=_match_link,
    state=_link_state,
    ends=_LINK_ENDS,
)

UPDATE_LINK: Final[Operation[UpdatePaymentLink, PaymentLink, Done[PaymentLink]]] = Operation(
    name="update_payment_link",
    method="PATCH",
    path=lambda asked: f"{LINKS}/{asked.link_id}",
    encode=wire.encode_update,
    read=wire.link_of,
    match=_match_update,
    state=_link_state,
    ends=_LINK_ENDS,
)

DELETE_LINK: Final[Operation[DeletePaymentLink, PaymentLink, Done[PaymentLink]]] = Operation(
    name="delete_payment_link",
    method="DELETE",
    path=lambda asked: f"{LINKS}/{asked.link_id}",
    encode=lambda asked: b"",
    read=wire.link_of,
    match=_match_link_id,
    state=_link_state,
    ends={200: {"deleted": Done}},
)

#: All of them.
OPERATIONS: Final = (
    CREATE_PAYMENT,
    FINALIZE_PAYMENT,
    CREATE_REFUND,
    CREATE_SETTLEMENT,
    CREATE_VOID,
    CREATE_LINK,
    UPDATE_LINK,
    DELETE_LINK,
)
