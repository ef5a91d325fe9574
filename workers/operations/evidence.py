"""What there is to see of a parked order: its row, the rows that the mirror has kept, and what the gateway shows now.

Reading only. Whatever carries the order's reference counts, whether it fits or not: deciding is done in `resolving`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cardinity_client import CardinityClient, Payment
from cardinity_client.client import PAGE_MAX
from cardinity_client.errors import PaymentNotFound
from cardinity_client.models.follow_ups import FollowUp
from producers.contract import names, states
from producers.contract.succession import attempt_id
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import Record, record_from
from workers.operations.desk import Desk
from workers.operations.errors import NothingThere, OperationRefused
from workers.payments.under_payment import carrying, is_whole, listed
from workers.resolver.verdict import Row

#: Why orders of this kind are not decided here.
_LINK: Final = "a payment link ends by itself, once it is paid or over"
#: Payments of one order that are asked for by id, at the most.
ASKED_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one order at `now_ms` (the ledger's clock, before the gateway was asked).

    `made` is everything that the gateway shows under its reference; `settled` are holds among that of which something
    was taken. `whole`: every row of what was read could be read, and of what follows a payment none can be missing.
    `attempt` was sent in its place, and is open or was paid: where the ledger was lost since, its row knows of none.
    """

    record: Record
    rows: tuple[Row, ...]
    now_ms: int
    made: tuple[Payment | FollowUp, ...] = ()
    settled: tuple[str, ...] = ()
    whole: bool = True
    attempt: str = ""


def parked(desk: Desk, limit: int) -> list[Record]:
    """Orders that wait for a human, the longest waiting first."""
    ids = desk.ledger.read("ZRANGE", keys.listed(states.PARKED), 0, limit - 1)
    return [record_from(id_.decode(), desk.ledger.read("HGETALL", keys.order(id_.decode()))) for id_ in ids]


def known(desk: Desk, order_id: str) -> Evidence:
    """What the ledger knows of it.

    Raises:
        NothingThere: `not_parked`.
    """
    now_ms = desk.now_ms()
    record = record_from(order_id, desk.ledger.read("HGETALL", keys.order(order_id)))
    if record.state != states.PARKED:
        message = f"the order is not parked, it is {record.state}" if record.state else "there is no such order here"
        raise NothingThere("not_parked", message)
    seen = desk.ledger.read("HGETALL", keys.seen(order_id))
    attempt = record_from(attempt_id(order_id), desk.ledger.read("HGETALL", keys.order(attempt_id(order_id))))
    is_its = attempt.root == order_id and attempt.state not in states.TERMINAL - {states.APPROVED}
    rows = tuple(Row.parse(payment_id.decode(), text.decode()) for payment_id, text in seen.items())
    return Evidence(record, rows, now_ms, attempt=attempt.order_id if is_its else "")


async def shown(known: Evidence, gateway: CardinityClient, named: str = "") -> Evidence:
    """The same with what the gateway shows; `named` is a payment that an operator says is the order's.

    Raises:
        OperationRefused: `not_available`, for a payment link.
        GatewayReadError: it could not be read.
    """
    record = known.record
    if record.kind == names.LINK:
        raise OperationRefused("not_available", _LINK)
    if record.parent:
        listing = await listed(record, gateway)
        whole = is_whole(listing, record.parent, record.intent_at_ms)
        return replace(known, made=tuple(carrying(record.ref, listing)), whole=whole)
    page = await gateway.list_payments(PAGE_MAX)
    # The ledger may have forgotten that it was sent anew: then only the gateway has that one.
    refs = (record.ref, attempt_id(record.order_id))
    seen = {payment.id: payment for payment in page.payments if payment.order_id in refs}
    wanted = [row.payment_id for row in known.rows] + [record.text("payment_id"), named]
    asked = dict.fromkeys(id_ for id_ in wanted if id_ and id_ not in seen)
    payments = [*seen.values(), *await _got(gateway, list(asked)[:ASKED_MAX])]
    settled = await _settled(gateway, payments) if record.two_phase else ()
    whole = not page.unparsed and len(asked) <= ASKED_MAX
    return replace(known, made=tuple(payments), settled=settled, whole=whole)


async def _got(gateway: CardinityClient, ids: Sequence[str]) -> list[Payment]:
    """The payments of these ids; what the gateway does not know is left out."""
    return [payment for payment in await asyncio.gather(*(_get(gateway, id_) for id_ in ids)) if payment]


async def _get(gateway: CardinityClient, payment_id: str) -> Payment | None:
    try:
        return await gateway.get_payment(payment_id)
    except PaymentNotFound:
        return None


async def _settled(gateway: CardinityClient, payments: Iterable[Payment]) -> tuple[str, ...]:
    """Those of which something was taken, or may yet be, or of which nobody can say that nothing was."""
    found = []
    for payment in payments:
        listing = await gateway.list_settlements(payment.id)
        if (
            payment.type != "authorization"
            or listing.count > len(listing.items)
            or any(each.status != "declined" for each in listing.items)
        ):
            found.append(payment.id)
    return tuple(found)
