"""Makes room in a demo that stays for hours: what ended long ago leaves ledger, archive, and the gateway's books.

The ledger lets an order go by the product's own rules, once the archive has its end. The time is the demo's: a
deployment keeps orders for eight days at the least, and the archive's rows for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete

from producers.enqueue import Enqueuer
from producers.runtime.archive.database import Archive
from workers.cli.demo.reckoning import Reckoning
from workers.cli.demo.rows import PREFIX
from workers.cli.demo.stage import Stage
from workers.events.archive.retiring import ArchivedEnds, retired
from workers.events.archive.tables import EVENTS, ORDER_ATTEMPTS, ORDERS

#: How long the demo's payments are kept after their end: long enough to be looked at, short enough for a laptop.
KEPT: Final = timedelta(hours=1)
#: Orders that go in one step.
STEP: Final = 500

_COLUMNS: Final = (ORDER_ATTEMPTS.c.order_id, EVENTS.c.subject, ORDERS.c.order_id)


class Clearing:
    """Lets the demo's own payments go; what somebody else has handed in stays."""

    def __init__(self, stage: Stage, enqueuer: Enqueuer, archive: Archive, reckoning: Reckoning) -> None:
        self._stage = stage
        self._ledger = enqueuer.ledger
        self._archive = archive
        self._reckoning = reckoning

    def clear(self, kept: timedelta = KEPT) -> int:
        """Let go what ended longer ago than that; how many orders that were."""
        ended = self._reckoning.ended_before(datetime.now(UTC) - kept)
        ours = [order_id for order_id in ended if order_id.startswith(PREFIX)]
        return sum(self._step(ours[at : at + STEP], kept) for at in range(0, len(ours), STEP))

    def _step(self, order_ids: Sequence[str], kept: timedelta) -> int:
        kept_ms = int(kept.total_seconds() * 1000)
        answers = retired(self._ledger, ArchivedEnds(self._archive), order_ids, kept_ms=kept_ms)
        gone = [order_id for order_id, answer in answers.items() if answer in ("retired", "again")]
        self._reckoning.let_go(gone, self._stage.ask_gateway("forget", {"order_ids": gone})["charges"])
        with self._archive.writing() as connection:
            for column in _COLUMNS:
                connection.execute(delete(column.table).where(column.in_(gone)))
        return len(gone)
