"""All that is held of one customer, as records: rows of the archive, orders of the ledger, what risk rules found.

Sealed cards and tokens are left out: nobody can read the ones, and the others say nothing of anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import select

from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys, risk_calls
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.record import CONTENT_FIELDS
from workers.privacy.finding import Person, rows_in_ledger, splits_in_ledger, tables_of

#: What is told of an order's row in the ledger.
_OF_ROW: Final = (
    "state", "since", "accepted_at", "reason", "payment_id", "last4", "customer_ip", "batch", "error", "decline_code",
    *(name for name in CONTENT_FIELDS if name != "instrument"),
)  # fmt: skip


def records_of(archive: Archive, ledger: SyncLedger, person: Person) -> Iterator[dict[str, Any]]:
    """Each with `held_in`: a table's name, `ledger` for an order's row, `split`, `risk` for what was found about an
    order.

    Raises:
        LedgerUnavailable, ArchiveUnavailable: one of them does not answer.
    """
    with archive.reading() as connection:
        for table, theirs in tables_of(person).items():
            for row in connection.execute(select(table).where(theirs).order_by(*table.primary_key)).mappings():
                yield {"held_in": str(table.name), **{str(name): value for name, value in row.items()}}
    for order_id in rows_in_ledger(ledger, person):
        values = ledger.read_many([("HMGET", keys.order(order_id), *_OF_ROW)])[0]
        told = {name: value.decode() for name, value in zip(_OF_ROW, values, strict=True) if value}
        yield {"held_in": "ledger", "order_id": order_id, **told}
    for key, split in splits_in_ledger(ledger, person).items():
        yield {"held_in": "split", "split_id": key.removeprefix(keys.split("")), **msgspec.to_builtins(split)}
    for order_id in sorted(person.orders):
        kept, review = ledger.read_many([("HMGET", risk_calls.order(order_id), "kept", "review")])[0]
        if kept:
            found = msgspec.json.decode(kept)
            yield {
                "held_in": "risk",
                "order_id": order_id,
                "found": found,
                "review": review.decode() if review else None,
            }
