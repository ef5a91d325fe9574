"""`python -m tests.scenarios.outage`: many subscriptions, and a scheduler that stands still for hours; then the count.

Everything is real but the gateway, which is the sandbox: worker, Valkey, archive. A run comes before the outage, one
right after it, and one a day later. Of each, what is told is the archive's word and the gateway's, not the run's own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from producers.acceptance import Order
from producers.contract import renewals as states
from producers.contract.commands import parse_charge
from producers.subscriptions.identity import period_of
from tests.eventually import eventually
from tests.postgres import Postgres
from tests.scenarios.world import World, world
from tests.stack import CARD

#: When everybody signs up, and the hour (UTC) of the run before the outage: all zones are past their hour then.
BEGINS: Final = datetime(2026, 1, 29, tzinfo=UTC)
RUN_H: Final = 23
#: Of ten, so many are of each kind; zones spread what is due over the day.
UNITS: Final = ("day", "day", "day", "week", "month", "month", "month", "month", "month", "year")
ZONES: Final = ("Europe/Vilnius", "America/New_York", "Asia/Tokyo", "Pacific/Auckland", "America/Sao_Paulo")
#: One subscription in so many has no card, another is paused; and the share of charges that the bank declines.
CARDLESS: Final = 40
PAUSED: Final = 50
DECLINED: Final = 0.03
#: Seconds for all that one run handed in to end.
END_S: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Told:
    """How all periods stand after a run, and what the gateway was asked for since the run before."""

    at: datetime
    due: int
    by_state: Mapping[str, int]
    unaccounted: int
    orders: int
    most: int
    seconds: float

    def __str__(self) -> str:
        unpaid = sum(self.by_state[name] for name in (states.DECLINED, states.RETRYING, states.PAST_DUE))
        return (
            f"{self.at:%Y-%m-%d %H:%M}: {self.due} due, {self.by_state[states.CHARGED]} charged, {unpaid} declined, "
            f"{self.by_state[states.SKIPPED]} skipped, {self.by_state[states.HELD]} held, "
            f"{self.unaccounted} unaccounted; {self.orders} orders, at most {self.most} per subscription, "
            f"{self.seconds:.1f} s"
        )

    @property
    def well(self) -> bool:
        """Whether nothing is left out or under way, and nobody was charged for two periods."""
        open_ = self.by_state[states.CHARGING] + self.by_state[states.PLANNED]
        return (self.unaccounted, open_) == (0, 0) and self.most <= 1 and self.due == sum(self.by_state.values())


def play(there: World, subscriptions: int, hours: float) -> Iterator[Told]:
    """Sign up, and run before the outage, after it and a day later.

    Raises:
        AssertionError: the gateway has charged a period twice, or something did not end.
    """
    _sign_up(there, subscriptions)
    there.stack.admin("faults", [{"fault": "declined", "rate": DECLINED}])
    there.new_orders()
    at = BEGINS + timedelta(hours=RUN_H)
    for wait in (timedelta(), timedelta(hours=hours), timedelta(days=1)):
        at += wait
        yield _run(there, at)


def _sign_up(there: World, many: int) -> None:
    """Each pays once with a card, which is charged from then on."""
    wanted = {"amount": "1.00", "currency": "EUR", "country": "LT", **CARD}
    now_ms = int(time.time() * 1000)
    charges = (parse_charge({"order_id": f"n{n}-card", **wanted}, now_ms=now_ms, mode="test") for n in range(many))
    accepted = [order for order in there.enqueuer.charge_many(charges) if isinstance(order, Order)]
    assert len(accepted) == many
    cards = [there.enqueuer.wait(order.order_id, timeout_s=END_S).payment_id for order in accepted]
    there.subscriptions.create_many(_row(number, card) for number, card in enumerate(cards))
    for number in range(0, many, PAUSED):
        there.subscriptions.pause(f"n{number}")


def _row(number: int, card: str | None) -> dict[str, object]:
    return {
        "subscription_id": f"n{number}",
        "amount": "9.90",
        "currency": "EUR",
        "unit": UNITS[number % len(UNITS)],
        "country": "LT",
        "zone": ZONES[number % len(ZONES)],
        "start": f"{BEGINS + timedelta(days=1 + number % 3):%Y-%m-%d}",
        "consent": f"crm-{number}",
        **({} if number % CARDLESS == 1 else {"payment_id": card}),
    }


def _run(there: World, at: datetime) -> Told:
    there.stack.admin("clock", {"to_ms": round(at.timestamp() * 1000)})
    began = time.monotonic()
    there.renewals.run()

    def ended() -> bool:
        there.renewals.follow()
        return not there.renewals.account().by_state[states.CHARGING]

    eventually(ended, "what was handed in has ended", within_s=END_S)
    books = there.stack.charges()
    twice = [order_id for order_id, row in books.items() if row["approved"] > 1]
    assert not twice, f"charged twice: {twice}"
    tried = Counter(found[0] for order_id in there.new_orders() if (found := period_of(order_id)))
    account = there.renewals.account()
    most = max(tried.values(), default=0)
    seconds = time.monotonic() - began
    return Told(at, account.due, account.by_state, account.unaccounted, tried.total(), most, seconds)


def main() -> int:
    """The exit code is 1 when anything was left out, or anybody was charged for two periods by one run."""
    parser = argparse.ArgumentParser(prog="tests.scenarios.outage", description=__doc__)
    parser.add_argument("--subscriptions", type=int, default=10_000)
    parser.add_argument("--hours", type=float, default=72)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args()
    with ExitStack() as opened:
        directory = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="outage-")))
        url = f"sqlite:///{directory}/archive.sqlite3"
        if options.database == "postgresql":
            url = opened.enter_context(Postgres()).database()
        there = opened.enter_context(world(directory, url, BEGINS.date()))
        well = True
        for told in play(there, options.subscriptions, options.hours):
            print(told, flush=True)
            well &= told.well
    print("well" if well else "BROKEN")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
