"""Whether two sides tell the same of an order. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from cardinity_client import Payment
from cardinity_client.models.follow_ups import FollowUp, Refund, Settlement
from producers.contract import names, states
from producers.contract.states import TERMINAL
from workers.reconciling.values import Difference, Side

#: What the gateway must say of a payment, or of what followed one, that ended so here.
_STATUS: Final = {states.APPROVED: "approved", states.DECLINED: "declined"}
#: Ends after which no payment of the order was approved.
_UNPAID: Final = TERMINAL - {states.APPROVED}


class Ours(NamedTuple):
    """An order as the archive has it. `made_id` is what it made: a payment, or what followed `parent_id`."""

    order_id: str
    account: str
    kind: str
    state: str
    amount_minor: int
    currency: str
    made_id: str | None
    parent_id: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Ours:
        """From a row of the table of orders."""
        made_id = row["follow_up_id"] if row["kind"] in names.FOLLOW_UPS else row["payment_id"]
        return cls(made_id=made_id, **{name: row[name] for name in cls._fields if name != "made_id"})

    @property
    def side(self) -> Side:
        """As it is told in a difference."""
        return Side(id=self.made_id, state=self.state, amount_minor=self.amount_minor, currency=self.currency)


def asked(ours: Ours, made: Payment | FollowUp | None) -> Difference | None:
    """What is wrong with the one thing that the gateway was asked for; None if it is as we tell it."""
    if made is None:
        return Difference(what="absent", account=ours.account, order_id=ours.order_id, ours=ours.side)
    if made.status != _STATUS[ours.state]:
        return _different("status", ours, made)
    amount = made.amount if isinstance(made, Payment | Refund | Settlement) else None
    if amount is not None and (amount.minor, amount.currency) != (ours.amount_minor, ours.currency):
        return _different("amount", ours, made)
    # What is paid on a link, and what follows a payment, is found by a token instead.
    if ours.kind == "charge" and made.order_id != ours.order_id:
        return _different("reference", ours, made)
    return None


def listed(ours: Ours, payment: Payment) -> Difference | None:
    """What is wrong with a payment that the gateway lists under the order_id of an order of ours."""
    if payment.status != "approved" or payment.id == ours.made_id:
        return None
    if ours.state == states.APPROVED:
        return _different("second", ours, payment)
    return _different("unrecorded", ours, payment) if ours.state in _UNPAID else None


def foreign(account: str, payment: Payment) -> Difference:
    """A payment that is no order's of ours."""
    return Difference(what="foreign", account=account, theirs=_side(payment))


def comparable(ours: Ours) -> bool:
    """Whether the gateway can be asked for what the order made."""
    follows = ours.kind in names.FOLLOW_UPS
    return ours.state in _STATUS and ours.made_id is not None and (ours.parent_id is not None) == follows


def _different(what: Any, ours: Ours, made: Payment | FollowUp) -> Difference:
    return Difference(what=what, account=ours.account, order_id=ours.order_id, ours=ours.side, theirs=_side(made))


def _side(made: Payment | FollowUp) -> Side:
    amount = made.amount if isinstance(made, Payment | Refund | Settlement) else None
    return Side(
        id=made.id,
        state=made.status,
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else None,
        reference=made.order_id,
    )
