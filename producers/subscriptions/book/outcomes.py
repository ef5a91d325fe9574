"""What became of an order, and what that makes of its period. Pure.

Paid is paid, whatever a period was thought to be. Only what the bank declined counts as declined: an order that ended
unpaid for any other reason is held for a human, because the next attempt is only right once that is understood. Whether
there is a further attempt after all is decided in `verdicts`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cardinity_client.declines import Remedy, read_decline
from producers.acceptance import Order
from producers.contract import renewals as states
from producers.contract import states as orders
from producers.contract.events import Event, event_id
from producers.contract.payment_data import PaymentData
from producers.subscriptions.identity import PREFIX
from producers.subscriptions.values import milliseconds

#: Why a worker refuses a card before it sends, and what a period is skipped for then.
_REFUSED: Final = {"instrument_disputed": states.CHARGEBACK_OPEN, "network_budget": states.NETWORK_BUDGET}
#: After these declines the card is not charged again, until a new one is saved.
_DEAD: Final = frozenset({Remedy.UNSUITED, Remedy.UPDATE_CARD, Remedy.NEVER_AGAIN})
#: The bank's code at the beginning of its words.
_CODE: Final = re.compile(r"([0-9]{1,16}):", re.ASCII)
#: What the columns hold.
_REASON_MAX, _ERROR_MAX, _CODE_MAX = 64, 255, 16


@dataclass(frozen=True, slots=True)
class Outcome:
    """An order of a renewal in a state that was told."""

    order_id: str
    state: str
    event_id: str
    at_ms: int
    payment_id: str | None = None
    reason: str | None = None
    error: str | None = None
    decline_code: str | None = None
    merchant_advice_code: str | None = None
    #: Of a link that goes on for an order: that order, and where the customer pays.
    root: str | None = None
    link_url: str | None = None

    @property
    def final(self) -> bool:
        """Whether it stays so."""
        return self.state in orders.TERMINAL

    @property
    def period_state(self) -> tuple[str, str | None]:
        """The state of the period whose newest attempt this is, and why."""
        match self.state:
            case orders.APPROVED:
                return states.CHARGED, None
            case orders.DECLINED:
                return states.DECLINED, self.reason or self.decline_code
            case orders.REJECTED if self.reason in _REFUSED:
                return states.SKIPPED, _REFUSED[self.reason]
            case orders.REJECTED | orders.EXPIRED | orders.CANCELLED | orders.NOT_CHARGED:
                return states.HELD, self.reason or self.state
            case orders.ACCEPTED:
                return states.CHARGING, None
            case _:
                return states.CHARGING, self.state

    @property
    def kills_card(self) -> str | None:
        """Why the card is not to be charged again, if it is not."""
        if self.state != orders.DECLINED:
            return None
        remedy = read_decline(self.error, self.merchant_advice_code, None).remedy
        return remedy.name.lower() if remedy in _DEAD else None


def outcome_in(event: Event) -> Outcome | None:
    """The outcome that an event tells, if it is about an order that may be a renewal's."""
    told = event.data
    if not isinstance(told, PaymentData) or not told.order_id.startswith(PREFIX):
        return None
    return Outcome(
        order_id=told.order_id,
        state=told.state,
        event_id=event.id,
        at_ms=milliseconds(event.time),
        payment_id=told.payment_id,
        reason=_cut(told.reason, _REASON_MAX),
        error=_cut(told.error, _ERROR_MAX),
        decline_code=_cut(told.decline_code, _CODE_MAX),
        merchant_advice_code=_cut(told.merchant_advice_code, _CODE_MAX),
        root=told.root,
        link_url=told.link_url,
    )


def outcome_of(order: Order) -> Outcome:
    """The same from an order that was asked for: its event may lie before where the stream is read from."""
    code = _CODE.match(order.error or "")
    return Outcome(
        order_id=order.order_id,
        state=order.state,
        event_id=event_id(order.order_id, order.state),
        at_ms=order.since_ms,
        payment_id=order.payment_id,
        reason=_cut(order.reason, _REASON_MAX),
        error=_cut(order.error, _ERROR_MAX),
        decline_code=code[1] if code and order.state == orders.DECLINED else None,
        merchant_advice_code=_cut(order.merchant_advice_code, _CODE_MAX),
    )


def _cut(text: str | None, length: int) -> str | None:
    return None if text is None else text[:length]
