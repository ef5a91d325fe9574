"""Whether a card may be charged once more that was charged before: its holder is not there to consent, nor to give
another one. Nobody need ask who has the card in hand.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cardinity_client import PaymentReference
from producers.contract import states
from producers.contract.budgets import Budget, UsedUp, used_up
from producers.runtime.ledger.executors import Executor
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.references import standing
from workers.payments.checks import Refused


class Reuse:
    """Asks the ledger what is held against a charge that names an earlier payment."""

    def __init__(self, ledger: Executor, budgets: tuple[Budget, ...], *, patience_s: float) -> None:
        self._ledger = ledger
        self._budgets = budgets
        self._patience_s = patience_s

    async def check(self, record: Record, earlier: PaymentReference) -> None:
        """Return when nothing is.

        Raises:
            Refused: the card is disputed, or was declined as often as its network allows.
        """
        call = standing(record.lane, earlier.payment_id, record.amount, order_id=record.order_id)
        found = await self._ledger.run(call, patience_s=self._patience_s)
        if found.disputes:
            raise Refused(states.REJECTED, "instrument_disputed", ", ".join(found.disputes))
        over = used_up(self._budgets, found.brand, found.declined_at_ms, found.now_ms)
        if over is not None:
            raise Refused(states.REJECTED, "network_budget", _said(over))


def _said(over: UsedUp) -> str:
    until = datetime.fromtimestamp(over.until_ms / 1000, UTC)
    return f"{over.budget}, not before {until:%Y-%m-%dT%H:%M:%SZ}"
