"""Rows of the attempts at the gateway, from all events of one order. Pure, and as blind to their order as `orders`.

An attempt is there once something of it can have left. An order that another goes on for tells of that one too, under
its own reference: its own attempt ended with the first decline that was continued.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from producers.contract import states
from producers.contract.events import OrderEvent
from producers.contract.states import TERMINAL
from producers.contract.succession import NEW_ATTEMPT
from producers.subscriptions.values import milliseconds
from workers.events.archive.entries import words
from workers.events.archive.orders import in_order

#: States that are entered by what the gateway said, or did not say, to a request.
_OF_THE_GATEWAY: Final = frozenset({states.PENDING, states.UNKNOWN, states.PARKED, states.APPROVED, states.DECLINED})


def attempt_rows(events: Sequence[OrderEvent]) -> list[dict[str, Any]]:
    """The rows of an order's attempts."""
    by_ref = sorted(in_order(events), key=lambda event: event.data.attempt_ref)
    rows = (_row(list(told)) for _, told in groupby(by_ref, key=lambda event: event.data.attempt_ref))
    return [row for row in rows if row is not None]


def _row(told: Sequence[OrderEvent]) -> dict[str, Any] | None:
    own = [event for event in told if event.data.successor is None]
    continued = next((event for event in told if event.data.successor is not None), None)
    # One that was sent once more on operators' word was not declined: its own attempt stays as it was.
    continued = None if continued and continued.data.reason == NEW_ATTEMPT else continued
    told = [*own, *([continued] if continued else ())]
    if not any(event.data.sent_at or event.data.state in _OF_THE_GATEWAY for event in told):
        return None
    last = told[-1]
    state = states.DECLINED if continued else last.data.state
    at_ms = milliseconds(last.time)
    is_payment = str(last.__struct_config__.tag).startswith(("payment.", "link."))
    sent_at = next((event.data.sent_at for event in reversed(told) if event.data.sent_at), None)
    return {
        "attempt_ref": last.data.attempt_ref,
        "order_id": last.data.order_id,
        "account": last.data.account,
        "state": state,
        "payment_id": _payment(told) if is_payment else None,
        "decline_code": words(last.data.decline_code, 16) if state == states.DECLINED else None,
        "sent_at_ms": milliseconds(sent_at) if sent_at else None,
        "ended_at_ms": at_ms if state in TERMINAL else None,
        "changed_at_ms": max(milliseconds(event.time) for event in told),
    }


def _payment(told: Sequence[OrderEvent]) -> str | None:
    return next((event.data.payment_id for event in reversed(told) if event.data.payment_id), None)
