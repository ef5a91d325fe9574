"""Finds the other payments of a disputed card among our orders, so that no recurring charge names one of them.

There is no index from card to orders: it would cost every payment something, and chargebacks are rare. So all orders
are looked through, and the tombstones of those that have left the ledger, once for all disputes that wait for it, at a
bounded share of the server's time. What an order was charged from is its row's keyed fingerprint: of a card, or of the
earlier payment that it named.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from producers.runtime.ledger import disputes, keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.retire_calls import buried_kin

#: Orders looked at in one step: less than a millisecond of the server, for which payments wait.
STEP: Final = 200
#: Keys looked at in one step through the orders that have left the ledger: behind each may be a hundred of these.
BURIED_STEP: Final = 10
#: The share of the time that steps may take.
SHARE: Final = 0.1
#: Payments stopped in one step.
STOPS: Final = 100


async def stop_kin(account: str, ledger: Executor, lead: Callable[[], bool]) -> int:
    """Stop the other payments of every card that is to be looked for; how many disputes were dealt with.

    Whoever dies in it, or leads no longer, leaves all of it to the next.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    waiting = await ledger.read("HGETALL", keys.searching(account))
    if not waiting:
        return 0
    found = await _payments_from({text.decode() for text in waiting.values()}, account, ledger, lead)
    if found is None:
        return 0
    for dispute, instrument in waiting.items():
        payments = sorted(found[instrument.decode()])
        for start in range(0, len(payments), STOPS):
            await ledger.run(disputes.stop_more(account, dispute.decode(), payments[start : start + STOPS], done=False))
        await ledger.run(disputes.stop_more(account, dispute.decode(), (), done=True))
    return len(waiting)


async def _payments_from(
    instruments: set[str], account: str, ledger: Executor, lead: Callable[[], bool]
) -> defaultdict[str, set[str]] | None:
    """The payments that were charged from each of the instruments; None when leadership ended on the way."""
    loop = asyncio.get_running_loop()
    found: defaultdict[str, set[str]] = defaultdict(set)
    cursor = "0"
    while lead():
        began = loop.time()
        cursor, pairs = await ledger.run(disputes.kin(account, cursor, STEP, sorted(instruments)))
        for instrument, payment_id in pairs:
            found[instrument].add(payment_id)
        await asyncio.sleep((loop.time() - began) * (1 / SHARE - 1))
        if cursor == "0":
            break
    while lead():
        began = loop.time()
        cursor, stones = await ledger.run(buried_kin(cursor, BURIED_STEP, sorted(instruments)))
        for stone in stones:
            # Where another order went on, the payment is that one's, which was charged from something else.
            if stone.account == account and stone.instrument in instruments and "successor" not in stone.marks:
                found[stone.instrument].add(stone.made)
        if cursor == "0":
            return found
        await asyncio.sleep((loop.time() - began) * (1 / SHARE - 1))
    return None
