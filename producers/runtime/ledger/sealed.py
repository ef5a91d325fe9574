"""Which sealing keys the orders in the ledger still need."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import Final

from producers.contract.layout import key_id_of
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger

#: Fields of a row that hold something sealed: the order's own envelope, and those for what may go on for it.
_SEALED: Final = ("envelope", "backup_envelope", "link_envelope")
#: Keys looked at in one step: a few milliseconds of Redis.
_STEP: Final = 1000


def orders_by_key(ledger: SyncLedger) -> Counter[str]:
    """How many orders hold something that a key must open, by its id.

    Looks at every row, because what is missed could never be opened again: about a minute for a million. An order that
    is accepted meanwhile may be missed; of a key that is retired there are none.
    """
    needed: Counter[str] = Counter()
    cursor, first = b"0", True
    while first or cursor != b"0":
        first = False
        # As it is on the wire: redis-py's own callback makes a number of the cursor.
        ((cursor, found),) = ledger.read_many([("SCAN", cursor, "MATCH", keys.order("*"), "COUNT", _STEP)])
        rows = ledger.read_many([("HMGET", key, *_SEALED) for key in found]) if found else []
        needed.update(chain.from_iterable({key_id_of(sealed) for sealed in row if sealed} for row in rows))
    del needed[""]
    return needed
