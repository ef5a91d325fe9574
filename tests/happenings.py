"""What may be told of orders: histories of events, drawn, as the ledger would tell them one after the other."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from cardinity_client.models.disputes import Chargeback
from cardinity_client.money import NO_MONEY, Money
from producers.contract.chargebacks import chargeback_event
from producers.contract.events import Event, payment_event
from producers.contract.payment_data import Asked, Sent
from producers.contract.split_events import SplitPartData, split_event

#: When the first of them is accepted.
START_MS = 1_768_471_200_000

#: How a charge may go from its acceptance on.
_WAYS = (
    ("approved",), ("approved",), ("approved",), ("declined",), ("unknown", "approved"), ("unknown", "not_charged"),
    ("pending", "approved"), ("pending", "unknown", "pending", "declined"), ("unknown", "parked"), ("rejected",),
    ("expired",), ("cancelled",), ("unknown", "parked", "approved"), (), ("pending",),
)  # fmt: skip
_SENT = frozenset({"approved", "declined", "unknown", "pending", "parked", "not_charged"})


def history(chance: random.Random, name: str) -> list[Event]:
    """All that is told of one wish: its order, and at times what follows it, goes on for it, or disputes it."""
    drawn = chance.random()
    if drawn < 0.04:
        return _continued(chance, name)
    if drawn < 0.06:
        return [_split(chance, name)]
    events: list[Event] = list(_order(chance, name, _WAYS[chance.randrange(len(_WAYS))]))
    last = events[-1].data
    if last.state == "approved" and chance.random() < 0.2:  # type: ignore[union-attr]
        events += _following(chance, name, last.payment_id)  # type: ignore[union-attr]
    return events


def stream(chance: random.Random, orders: int, *, prefix: str = "ORD") -> Iterator[Event]:
    """Histories of so many wishes, told in one another, each in its order; some are told twice."""
    waiting: list[Iterator[Event]] = []
    for number in range(orders):
        waiting.append(iter(history(chance, f"{prefix}-{number}")))
        while len(waiting) > 20 or (waiting and chance.random() < 0.5):
            yield from _next(chance, waiting)
    while waiting:
        yield from _next(chance, waiting)


def _next(chance: random.Random, waiting: list[Iterator[Event]]) -> Iterator[Event]:
    chosen = waiting[chance.randrange(len(waiting))]
    event = next(chosen, None)
    if event is None:
        waiting.remove(chosen)
        return
    yield event
    if chance.random() < 0.02:
        yield event


def _order(chance: random.Random, name: str, way: tuple[str, ...], **more: Any) -> Iterator[Event]:
    at_ms = START_MS + chance.randrange(86_400_000)
    facts: dict[str, Any] = {
        "order_id": name, "attempt_ref": name, "account": "main", "producer": "shop",
        "amount": Money(chance.randrange(1, 10_000_00), chance.choice(("EUR", "USD"))), **more,
    }  # fmt: skip
    batch = "renewals" if chance.random() < 0.3 else None
    yield payment_event(state="accepted", time_ms=at_ms, asked=Asked("LT", batch), card_last4="1111", **facts)
    payment_id, sent_at_ms = _id(chance), at_ms + chance.randrange(1, 400)
    for state in way:
        at_ms += chance.randrange(1, 2_000)
        told: dict[str, Any] = {}
        if state in _SENT:
            told = {"sent": Sent(sent_at_ms, chance.choice((1, 1, 1, 2)))}
        if state in ("approved", "declined", "pending"):
            told |= {"payment_id": payment_id, "card_brand": "Visa", "card_last4": "1111"}
        if state == "declined":
            told |= {"error": "3002: Do not honor", "decline_code": "3002", "merchant_advice_code": "03: Never again"}
        if state in ("unknown", "parked", "rejected", "not_charged"):
            told["reason"] = {"unknown": "timeout", "parked": "hole_in_coverage"}.get(state, "gateway_rejected")
        if state == "approved" and chance.random() < 0.1:
            told |= {"type": "authorization", "settled": False}
        yield payment_event(state=state, time_ms=at_ms, **facts, **told)


def _following(chance: random.Random, name: str, payment_id: str | None) -> list[Event]:
    """A refund or a void of it, and at times a chargeback."""
    kind = chance.choice(("refund", "settlement", "void"))
    amount = NO_MONEY if kind == "void" else Money(chance.randrange(1, 500), "EUR")
    way = (chance.choice(("approved", "declined")),)
    more: dict[str, Any] = {
        "kind": kind, "amount": amount, "attempt_ref": f"cb-{name.lower()}", "order_id": f"{name}-f",
        "account": "main", "producer": "shop", "payment_id": payment_id,
    }  # fmt: skip
    at_ms = START_MS + 86_400_000
    parented = [
        payment_event(state="accepted", time_ms=at_ms, **more),
        payment_event(state=way[0], time_ms=at_ms + 900, follow_up_id=_id(chance), sent=Sent(at_ms + 300), **more),
    ]
    return [*parented, *(_dispute(chance, name, payment_id or "") if chance.random() < 0.4 else ())]


def _dispute(chance: random.Random, name: str, payment_id: str) -> Iterator[Event]:
    made = Chargeback(
        id=_id(chance), amount=Money(500, "EUR"), status="initiated", payment_id=payment_id, live=False, order_id=name,
        created_at=datetime(2026, 2, 1, tzinfo=UTC), description=None, reason="4853: Not as described",
    )  # fmt: skip
    ours = name if chance.random() < 0.8 else None
    decided: Literal["approved", "declined"] = "approved" if chance.random() < 0.5 else "declined"
    ways: tuple[Literal["initiated", "approved", "declined"], ...] = ("initiated", decided)
    for number, status in enumerate(ways):
        yield chargeback_event(
            replace(made, status=status), account="main", order_id=ours, time_ms=START_MS + 90_000_000 + number
        )


def _continued(chance: random.Random, name: str) -> list[Event]:
    """An order that the bank declined, and another that went on for it and was paid."""
    accepted, declined = _order(chance, name, ("declined",))
    facts: dict[str, Any] = {"account": "main", "producer": "shop", "amount": Money(990, "EUR")}
    at_ms = int(declined.time.timestamp() * 1000)
    first: dict[str, Any] = {"order_id": name, "attempt_ref": name, **facts, "successor": f"{name}-a2"}
    second: dict[str, Any] = {"order_id": f"{name}-a2", "attempt_ref": f"{name}-a2", **facts, "root": name}
    payment_id = _id(chance)
    return [
        accepted,
        payment_event(
            state="pending", time_ms=at_ms, reason="backup", payment_id=declined.data.payment_id,  # type: ignore[union-attr]
            decline_code="3002", error="3002: Do not honor", sent=Sent(at_ms - 300), **first,
        ),
        payment_event(state="accepted", time_ms=at_ms, asked=Asked("LT"), **second),
        payment_event(state="approved", time_ms=at_ms + 700, payment_id=payment_id, sent=Sent(at_ms + 200), **second),
        payment_event(state="approved", time_ms=at_ms + 800, payment_id=payment_id, **first),
    ]  # fmt: skip


def _split(chance: random.Random, name: str) -> Event:
    part = SplitPartData(recipient="shop-a", order_id=f"{name}.1", amount="5.00", state="approved")
    return split_event(
        split_id=name, state="completed", producer="shop", total=Money(500, "EUR"), parts=[part], time_ms=START_MS
    )


def _id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
