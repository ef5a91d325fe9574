"""A service that accepts one order and is lost on the way: `python -m tests.chaos.producer ORDER_ID PLACE HOW MARKER`.

PLACE is `row` (before the ledger has heard of it), `enqueue` (the row is durable, nobody was woken) or `reply` (all
is done and the caller does not know). The file MARKER is there once it is lost.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from producers.acceptance import Order
from producers.enqueue import Enqueuer
from producers.errors import LedgerUnavailable
from producers.runtime.settings import Settings
from producers.splits.accepting import SplitPart
from tests.chaos.blow import strike
from tests.stack import CARD

PLACES = ("row", "enqueue", "reply")
#: A payment in parts, but for its name.
SPLIT: Mapping[str, Any] = {
    "total": "10.00",
    "currency": "EUR",
    "country": "LT",
    "parts": [{"recipient": name, "share": 1} for name in ("a", "b", "c")],
    **CARD,
}


class LostBeforeWaking(Enqueuer):
    """Accepts, and is struck before it wakes a worker."""

    lose: Callable[[], None]

    def _wake(self, orders: Sequence[Order | SplitPart], batch: str = "") -> None:
        self.lose()
        super()._wake(orders, batch)


def main(order_id: str, place: str, how: str, marker: str) -> None:
    """Accept one order of 10.00 EUR, or a payment of as much in parts (`SPL-…`), and be lost."""

    def be_lost_at(here: str) -> None:
        if here == place:
            Path(marker).touch()
            strike(how)

    with LostBeforeWaking(Settings.for_producer(os.environ)) as enqueuer:
        enqueuer.lose = partial(be_lost_at, "enqueue")
        be_lost_at("row")
        if order_id.startswith("SPL-"):
            enqueuer.split(split_id=order_id, **SPLIT)
        else:
            enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)
        be_lost_at("reply")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except LedgerUnavailable as error:
        sys.exit(error.message)  # the caller hears of it, and repeats
