"""Workers replaced one after the other while orders come: `python -m tests.chaos.rolling --restarts 50`.

Each time the oldest of two workers is asked to stop while the gateway still owes it answers, is waited for, and another
one is started. Nothing of that may be seen in any outcome: a release that is rolled out is no fault.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from producers.contract import states
from tests.chaos.oracle import Books, read_books, until_closed, violations
from tests.eventually import eventually
from tests.redis_faults.trade import Trade
from tests.stack import PATIENT, Stack

WORKERS = 2
#: Milliseconds that the gateway takes: most stops then meet requests that are under way.
ANSWERS_AFTER_MS = 300
#: Settled orders between two restarts: the new worker has its share of the work by then.
BETWEEN = 10
FAULTS = ({"fault": "slow_answer", "delay_ms": ANSWERS_AFTER_MS},)


@dataclass
class Rolled:
    """What came of it. `doubted` are orders that were unknown at any time, `broken` what the oracle says."""

    restarts: int
    accepted: int
    exits: Counter[int]
    longest_stop_s: float
    lost: list[str] = field(default_factory=list)
    doubted: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nobody could have noticed."""
        return not (self.lost or self.doubted or self.broken) and set(self.exits) == {0}


def roll(stack: Stack, restarts: int) -> Rolled:
    """Replace a worker so many times, under load."""
    workers, trade = [stack.worker() for _ in range(WORKERS)], Trade(stack)
    exits, longest_s = Counter[int](), 0.0
    try:
        for _ in range(restarts):
            _until_more_is_settled(trade)
            oldest, asked_at = workers.pop(0), time.monotonic()
            oldest.terminate()
            exits[oldest.wait()] += 1
            longest_s = max(longest_s, time.monotonic() - asked_at)
            workers.append(stack.worker())
    finally:
        trade.stop()
    until_closed(stack)
    return _judged(read_books(stack), trade, Rolled(restarts, len(trade.accepted), exits, longest_s))


def _until_more_is_settled(trade: Trade) -> None:
    began_with = len(trade.accepted)
    eventually(lambda: len(trade.accepted) >= began_with + BETWEEN, "orders are accepted")
    eventually(lambda: trade.settled_since(began_with), "an order has its outcome")


def _judged(books: Books, trade: Trade, rolled: Rolled) -> Rolled:
    rolled.broken = violations(books)
    rolled.lost = [*trade.refused, *(order_id for order_id in trade.accepted if order_id not in books.orders)]
    rolled.lost += [name for name, row in books.orders.items() if row.state != states.APPROVED]
    rolled.doubted = [
        name for name, row in books.orders.items() if any(line.state == states.UNKNOWN for line in row.history)
    ]
    return rolled


def main(argv: Sequence[str] | None = None) -> int:
    """Roll, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.rolling", description=__doc__)
    parser.add_argument("--restarts", type=int, default=50)
    restarts = parser.parse_args(argv).restarts
    with tempfile.TemporaryDirectory() as directory, Stack(Path(directory), faults=FAULTS, settings=PATIENT) as stack:
        rolled = roll(stack, restarts)
    print(
        f"{rolled.restarts} restarts, {rolled.accepted} orders accepted and approved but {len(rolled.lost)},"
        f" {len(rolled.doubted)} ever unknown, {len(rolled.broken)} rules broken,"
        f" exit codes {dict(rolled.exits)}, longest stop {rolled.longest_stop_s:.1f} s"
    )
    for line in (*rolled.lost, *rolled.doubted, *rolled.broken):
        print(f"  {line}")
    return 0 if rolled.clean else 1


if __name__ == "__main__":
    sys.exit(main())
