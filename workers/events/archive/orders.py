"""An order's row, from all events that tell of it. Pure, and a function of which events there are: not of the order in
which they came, nor of how often.

What tells of a state (its reason, the decline) is that of the latest event; what an earlier event told and the latest
does not repeat is carried over. Later is what the other cannot follow: an approval than any other end, an end than any
doubt, and all of them than the acceptance, which has a producer's clock. Among equals time decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from producers.contract import states
from producers.contract.events import OrderEvent, PaymentData
from producers.contract.states import STATES, TERMINAL
from producers.subscriptions.identity import period_of
from producers.subscriptions.values import milliseconds
from workers.events.archive.entries import minor_of, words

#: The kind of an order whose events begin so; others are called as their events are.
_KINDS: Final = {"payment": "charge"}
#: Told by some events, and true of the order from then on.
_CARRIED: Final = (
    "card_last4", "card_id", "country", "customer", "batch", "root", "successor", "follow_up_id", "claims", "sent_at",
)  # fmt: skip

_FINALITY: Final = {states.ACCEPTED: 0, states.APPROVED: 3}

#: Where an event stands among all of an order: see above.
Standing = tuple[int, int, int]


def standing(state: str, at_ms: int) -> Standing:
    """The place of an event that tells of this state."""
    finality = _FINALITY.get(state, 2 if state in TERMINAL else 1)
    return finality, at_ms, STATES.index(state)


def in_order(events: Sequence[OrderEvent]) -> list[OrderEvent]:
    """These events, the latest last."""
    return sorted(events, key=_rank)


def order_row(events: Sequence[OrderEvent], so_far: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The row. `so_far` is how it was, where some of its events are not kept any more: then these are what is new."""
    told = in_order(events)
    row = _of_events(told)
    return row if so_far is None else _joined(so_far, row)


def _of_events(told: Sequence[OrderEvent]) -> dict[str, Any]:
    last = told[-1]
    data, tag = last.data, str(last.__struct_config__.tag)
    kind = tag.partition(".")[0]
    carried = {name: _latest(told, name) for name in _CARRIED}
    sent_at: datetime | None = carried.pop("sent_at")
    if data.state in TERMINAL:
        # An end names the last that went on for the order itself: one whose own attempt was found has none.
        carried["successor"] = data.successor
    is_charge = kind == "payment"
    times = [(event.data.state, milliseconds(event.time)) for event in told]
    subscription = period_of(data.order_id) or (None, None, None)
    return {
        "order_id": data.order_id,
        "kind": _KINDS.get(kind, kind),
        "account": data.account,
        "producer": data.producer,
        "amount_minor": minor_of(data.amount, data.currency),
        "currency": data.currency,
        **_state_of(data),
        **carried,
        "card_brand": words(_latest(told, "card_brand"), 32),
        "payment_id": _latest(told, "payment_id") if is_charge or kind == "link" else None,
        "parent_id": None if is_charge or kind == "link" else _latest(told, "payment_id"),
        "held": data.state == states.APPROVED and data.settled is False,
        "subscription_id": subscription[0],
        "period": subscription[1],
        "attempt": subscription[2],
        "claims": carried["claims"] or (1 if sent_at else None),
        "accepted_at_ms": _time_of(times, states.ACCEPTED) or min(at_ms for _, at_ms in times),
        "sent_at_ms": milliseconds(sent_at) if sent_at else None,
        "ended_at_ms": times[-1][1] if data.state in TERMINAL else None,
        "unknown_at_ms": _time_of(times, states.UNKNOWN),
        "parked_at_ms": _time_of(times, states.PARKED),
        "changed_at_ms": max(at_ms for _, at_ms in times),
    }


def _state_of(data: PaymentData) -> dict[str, Any]:
    advice = None if data.merchant_advice_code is None else data.merchant_advice_code.partition(":")[0].strip()
    return {
        "state": data.state,
        "reason": data.reason,
        "error": words(data.error, 255),
        "decline_code": words(data.decline_code, 16),
        "merchant_advice_code": words(advice, 16),
    }


def _joined(so_far: Mapping[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """The later of the two, and what it does not know from the other."""
    before, after = (standing(each["state"], each["changed_at_ms"]) for each in (so_far, row))
    later, other = (row, so_far) if after >= before else (so_far, row)
    joined = {name: later[name] if later[name] is not None else other[name] for name in row}
    joined |= {name: later[name] for name in ("state", "reason", "error", "decline_code", "merchant_advice_code")}
    joined["accepted_at_ms"] = min(so_far["accepted_at_ms"], row["accepted_at_ms"])
    joined["changed_at_ms"] = max(so_far["changed_at_ms"], row["changed_at_ms"])
    return joined


def _rank(event: OrderEvent) -> tuple[Standing, str]:
    return standing(event.data.state, milliseconds(event.time)), event.id


def _latest(told: Sequence[OrderEvent], name: str) -> Any:
    for event in reversed(told):
        value = getattr(event.data, name)
        if value is not None:
            return value
    return None


def _time_of(times: Sequence[tuple[str, int]], state: str) -> int | None:
    return max((at_ms for name, at_ms in times if name == state), default=None)
