"""Where stories happen: a real Valkey, a real worker, the sandbox and its clock, an archive, and who lives there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from producers import Enqueuer
from producers.runtime.archive.database import Archive
from producers.subscriptions import Subscriptions
from producers.subscriptions.clock import clock_of
from producers.subscriptions.schedule.renewals import Renewals
from producers.subscriptions.till import Card, LedgerTill
from tests.archives import upgraded
from tests.eventually import eventually
from tests.stack import CARD, Stack

#: Every subscription is due in an hour that is over, wherever it lives, when the scheduler runs.
HOURS = {"RENEWAL_FROM_H": "6", "RENEWAL_UNTIL_H": "7", "RENEWAL_RATE_MAX": "10000", "DISPUTES_INTERVAL_S": "0.1"}


class World:
    """A merchant, whose subscribers are known by their names, and what the sandbox is told to do to them."""

    def __init__(self, stack: Stack, archive: Archive, till: LedgerTill, enqueuer: Enqueuer) -> None:
        settings = stack.settings()
        self.stack = stack
        self.archive = archive
        self.till = till
        self.enqueuer = enqueuer
        self.clock = clock_of(settings)
        self.subscriptions = Subscriptions(settings, archive, clock=self.clock)
        self.renewals = Renewals(archive, till, clock=self.clock, rate_max=settings.renewal_rate_max)
        #: Whether the scheduler runs.
        self.scheduled = True
        self._orders: set[str] = set()
        self._cards: dict[str, int] = {}
        self._declining: dict[str, dict[str, Any]] = {}

    def move(self, day: date, hour: int, minutes: int = 0) -> None:
        """The clock goes on to that hour (UTC), and so many minutes more."""
        at = datetime.combine(day, time(hour), UTC) + timedelta(minutes=minutes)
        self.stack.admin("clock", {"to_ms": round(at.timestamp() * 1000)})

    def new_orders(self) -> set[str]:
        """What the gateway has been asked for since this was asked last."""
        known, self._orders = self._orders, set(self.stack.charges())
        return self._orders - known

    def pay_with_a_card(self, name: str) -> str:
        """A first payment with a card that works; its id."""
        number = self._cards[name] = self._cards.get(name, 0) + 1
        order_id = f"{name}-card-{number}"
        self.enqueuer.charge(order_id=order_id, amount="1.00", currency="EUR", country="LT", **CARD)
        payment_id = self.enqueuer.wait(order_id, timeout_s=30).payment_id
        assert payment_id is not None
        self.decline(name, None)
        return payment_id

    def decline(self, name: str, error: str | None) -> None:
        """The bank declines whoever it is from now on; or no longer."""
        self._declining.pop(name, None)
        if error is not None:
            self._declining[name] = {"fault": "declined", "error": error, "description": name}
        self.stack.admin("faults", list(self._declining.values()))

    def charge_back(self, name: str, number: int) -> None:
        """A chargeback of a paid period comes in, and the ledger has heard of it."""
        paid = self.enqueuer.get(f"sub.{name}.{number}")
        wanted = {"payment_id": paid.payment_id, "status": "initiated", "amount": paid.amount.text}
        self.stack.admin("disputes", {**wanted, "type": "chargeback"})
        disputed = Card(paid.account, str(paid.payment_id), paid.amount)
        eventually(lambda: self.till.against([disputed])[0].reason, "the ledger has heard of the chargeback")


@contextmanager
def world(directory: Path, archive_url: str, began: date) -> Iterator[World]:
    """One that begins on that day."""
    settings = HOURS | {"ARCHIVE_URL": archive_url}
    with Stack(directory / "stack", settings=settings, starts_at=f"{began}T00:00:00Z") as stack:
        stack.worker()
        with (
            upgraded(stack.settings()) as archive,
            LedgerTill(stack.settings()) as till,
            stack.enqueuer() as enqueuer,
        ):
            yield World(stack, archive, till, enqueuer)
