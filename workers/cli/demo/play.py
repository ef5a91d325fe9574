"""What happens in the demo: a batch is submitted, a worker is killed in mid-batch, outcomes are awaited."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import islice

from producers.acceptance import Order
from producers.contract import states
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import record_from
from workers.cli.batches.input import batch_id, opened
from workers.cli.batches.submission import Submission
from workers.cli.batches.ticker import Ticker
from workers.cli.demo.books import Audit, Told, audit, by_order
from workers.cli.demo.deaths import Deaths
from workers.cli.demo.rows import write_batch
from workers.cli.demo.stage import Stage
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.operations.reading import Reader
from workers.operations.tally import Tally

#: Seconds between two looks at the batch.
LOOK_S = 0.01
#: Seconds without any progress after which the demo gives up waiting.
STALLED_S = 60.0
#: Records read in one round trip.
CHUNK = 500


class Play:
    """One run. `act` plays it, `count` does the audit."""

    def __init__(self, stage: Stage, ledger: Reader, ticker: Ticker, payments: int) -> None:
        self._stage = stage
        self._ledger = ledger
        self._ticker = ticker
        self._payments = payments
        self._accepted: list[str] = []
        self._batch = ""
        self._deaths = Deaths(stage, ledger, ticker.say)
        self._looked_at = 0.0

    def act(self) -> None:
        """Submit, kill, and wait until nothing is open.

        Raises:
            CommandError: a process of the demo ended, or nothing moves any more.
        """
        self._submit()
        moved_at, before = time.monotonic(), Tally({})
        while (tally := self._look()).open or tally.known < len(self._accepted):
            if tally != before:
                moved_at, before = time.monotonic(), tally
            if time.monotonic() - moved_at > STALLED_S:
                self._ticker.say(f"demo: nothing has moved for {STALLED_S:g} s, {tally.open} orders are open")
                return
            time.sleep(LOOK_S)

    def count(self) -> Audit:
        """Hold the ledger against the gateway's books, order by order."""
        return audit(list(_told(self._ledger, self._accepted)), by_order(self._stage.charges()))

    def _submit(self) -> None:
        path = self._stage.directory / "payments.csv"
        write_batch(path, self._payments)
        settings = self._stage.settings
        with (
            opened(str(path), format="csv", mode=settings.cardinity_mode) as batch,
            Enqueuer(settings) as enqueuer,
        ):
            manifest = batch.survey(lambda result: None)
            self._batch = batch_id(manifest)
            submission = Submission(enqueuer, batch, self._batch, self._ledger.now_ms(), manifest)
            for _, answer in submission.answers():
                if isinstance(answer, Order):
                    self._accepted.append(answer.order_id)
                if time.monotonic() - self._looked_at >= LOOK_S:
                    self._look()
        if len(self._accepted) != self._payments:
            message = f"{self._payments - len(self._accepted)} of {self._payments} rows were not accepted"
            raise CommandError("demo_not_accepted", message, ExitCode.UNEXPECTED)

    def _look(self) -> Tally:
        self._stage.check()
        (counters,) = self._ledger.ask(("HGETALL", keys.batch(self._batch)))
        tally = Tally.read(counters)
        if not self._deaths.ours and self._in_mid_batch(tally):
            self._deaths.kill("in mid-batch")
        self._deaths.tell()
        self._ticker.show(tally)
        self._looked_at = time.monotonic()
        return tally

    def _in_mid_batch(self, tally: Tally) -> bool:
        """Some payments are on their way, and a good part is done."""
        return bool(tally.counts.get(states.SENDING)) and tally.final * 4 >= self._payments


def _told(ledger: Reader, order_ids: Sequence[str]) -> Iterator[Told]:
    rest = iter(order_ids)
    while chunk := list(islice(rest, CHUNK)):
        for order_id, flat in zip(chunk, ledger.ask(*(("HGETALL", keys.order(o)) for o in chunk)), strict=True):
            if not flat:
                yield Told(order_id, "", "", "")
                continue
            record = record_from(order_id, flat)
            amount = record.amount
            yield Told(order_id, record.state, amount.text, amount.currency, record.text("reason"))
