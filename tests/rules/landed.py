"""What the gateway has done: looked up in its books, or put there with nobody waiting for the answer."""

from __future__ import annotations

import json
from collections import Counter
from typing import cast

from cardinity_client.money import Money
from cardinity_client.sandbox.account import Account, wall_clock_ms
from cardinity_client.sandbox.records.record import Kind, Status
from cardinity_client.sandbox.records.record import Record as Made
from cardinity_client.sandbox.wire import identity, timestamp
from producers.contract import names
from producers.contract.follow_ups import carries
from producers.runtime.ledger.record import Record


def make(
    account: Account,
    kind: Kind,
    payment_id: str,
    description: str,
    *,
    amount: str = "4.00",
    created: str = "",
    status: Status = "approved",
    nth: int = 1,
) -> None:
    """Something follows the payment."""
    made = Made(
        id=identity(98, f"{kind} {description}", nth),
        amount=None if kind == "void" else amount,
        currency=None if kind == "void" else "EUR",
        type=kind,
        created=created or timestamp(wall_clock_ms()),
        live=False,
        parent_id=payment_id,
        status=status,
        description=description,
    )
    account.records.put_at(made, wall_clock_ms())


def approved(account: Account, record: Record) -> int:
    """How often the gateway did what the order asks for."""
    if record.kind == names.LINK:
        paid = json.loads(account.book.latest(100))
        return sum(row["status"] == "approved" and carries(record.ref, row.get("description")) for row in paid)
    if not record.parent:
        return {tally.order_id: tally.approved for tally in account.book.tallies()}.get(record.order_id, 0)
    made = account.records.of_payment(cast("Kind", record.kind), record.parent)
    # One without any description is the order's too: its token was lost on the way.
    ours = [each for each in made if not each.description or each.description == record.ref]
    return sum(each.status == "approved" for each in ours)


def is_over(account: Account) -> bool:
    """Whether more of any payment was given back than there was."""
    given_back: Counter[str] = Counter()
    for made in account.records.all("refund"):
        given_back[made.parent_id] += Money.parse(made.amount, made.currency).minor
    paid = {parent: account.book.get(parent) for parent in given_back}
    return any(
        payment and given_back[parent] > Money.parse(payment.amount, payment.currency).minor
        for parent, payment in paid.items()
    )
