"""What is handed in while the demo stays: single payments, a batch now and then, and orders that will be in doubt."""

from __future__ import annotations

import itertools
from collections import deque
from typing import Final, Literal

from cardinity_client.sandbox import Rule
from producers.enqueue import Enqueuer
from producers.runtime.audit.trail import record
from producers.runtime.ledger import batch_calls as halt
from producers.runtime.ledger import keys
from workers.cli.batches.input import opened
from workers.cli.batches.submission import Submission, begun
from workers.cli.demo.faults import STAYING_RULES, doubtful
from workers.cli.demo.rows import lines, row
from workers.cli.demo.stage import Stage
from workers.operations.stopping import Stopping
from workers.operations.tally import Tally

#: Rows of a batch that is going on: some minutes at the pace that the account allows.
BATCH_ROWS: Final = 300
#: Rows of the one that is paused.
PAUSED_ROWS: Final = 40
#: How the batches are called: the one that is paused, and, with a number, those that go on.
PAUSED: Final = "deposits"
RUNNING: Final = "invoices"

_CARD: Final = {"pan": "4111111111111111", "exp_month": 12, "exp_year": 2040, "cvc": "123", "holder": "Ona Petraitienė"}


class Traffic:
    """Goes on with the demo's payments after number `last`."""

    def __init__(self, stage: Stage, enqueuer: Enqueuer, last: int) -> None:
        self._stage = stage
        self._enqueuer = enqueuer
        self._next = last + 1
        self._doubts = itertools.count(1)
        self._batches: list[str] = []
        self._rules: list[Rule] = []

    def pay(self) -> None:
        """One payment."""
        self._enqueuer.charge(**row(self._take(1)))

    def submit(self) -> None:
        """A batch that goes on for minutes: invoices-1, invoices-2."""
        self._submit(f"{RUNNING}-{sum(name.startswith(RUNNING) for name in self._batches) + 1}", BATCH_ROWS)

    def submit_paused(self) -> None:
        """The batch that will be paused."""
        self._submit(PAUSED, PAUSED_ROWS)

    def pause(self) -> None:
        """Pause it, after its first rows."""
        self._say("batch.pause", PAUSED, halt.PAUSED)

    def cancel(self) -> None:
        """End what is not sent of the batches; what a worker has just taken it ends itself."""
        for name in self._batches:
            if Tally.read(self._enqueuer.ledger.read("HGETALL", keys.batch(name))).open:
                deque(self._say("batch.cancel", name, halt.CANCELLED).cancel(), maxlen=0)

    def doubt(self, *, charged: bool) -> str:
        """An order that nobody will answer for; its order_id."""
        order_id = f"DOUBT-{next(self._doubts)}"
        self._rules += doubtful(order_id, charged=charged)
        self.set_faults()
        self.charge(order_id, "9.90")
        return order_id

    def charge(self, order_id: str, amount: str) -> None:
        """One payment of that name."""
        self._enqueuer.charge(order_id=order_id, amount=amount, currency="EUR", country="LT", payment_instrument=_CARD)

    def set_faults(self) -> None:
        """Tell the gateway anew whom to strike. It counts afresh then, so what it counted is forgotten."""
        self._stage.ask_gateway("faults", [*STAYING_RULES, *self._rules])

    def _submit(self, name: str, rows: int) -> None:
        path = self._stage.directory / f"{name}.csv"
        path.write_text("".join(lines(rows, self._take(rows))), "utf-8")
        with opened(str(path), format="csv", mode=self._stage.settings.cardinity_mode) as batch:
            manifest = batch.survey(lambda result: None)
            begun(self._enqueuer, name, manifest, batch.now_ms)
            deque(Submission(self._enqueuer, batch, name, batch.now_ms, manifest).answers(), maxlen=0)
        path.unlink()
        self._batches.append(name)

    def _say(self, action: str, name: str, word: Literal["paused", "cancelled"]) -> Stopping:
        settings, ledger = self._stage.settings, self._enqueuer.ledger
        record(ledger, settings.state_dir, action, name, {})
        stopping = Stopping(ledger, name, settings.redis_connections_max)
        stopping.say(word)
        return stopping

    def _take(self, count: int) -> int:
        first, self._next = self._next, self._next + count
        return first
