"""A merchant's evening for the console: something of everything that its pages can show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import redis

from producers.enqueue import Enqueuer
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys
from producers.subscriptions import Subscriptions
from producers.subscriptions.clock import clock_of
from producers.subscriptions.schedule.renewals import Renewals
from producers.subscriptions.till import LedgerTill
from tests.archives import upgraded
from tests.commands import Commands
from tests.e2e.landing import landed
from tests.eventually import eventually
from tests.ledgers import tell_at
from tests.stack import CARD, ROOT, Stack
from workers.cli.demo.rows import lines

#: Orders of which the gateway has nothing, another amount, and a payment after all.
LOST, OTHER, LANDED = "LOST-1", "OTHER-1", "LANDED-1"
#: A charge by an earlier payment of which it has nothing.
AGAIN = "AGAIN-1"
#: Batches by how they stand.
DONE, RUNNING, PAUSED, CANCELLED = "invoices-march", "invoices-april", "donations", "wrong-file"
CUSTOMER: Final = "customer-77"
_FAULTS: Final[list[dict[str, Any]]] = [
    {"fault": "http_500_before", "order_id": order_id} for order_id in (LOST, OTHER, LANDED, AGAIN, "MARCH-000003")
]
#: A day of renewals that is whole, so that some are due by now whenever this runs.
_SETTINGS: Final = {"ABSENT": "park", "RENEWAL_FROM_H": "0", "RENEWAL_UNTIL_H": "24", "RENEWAL_RATE_MAX": "10000"}


@contextmanager
def evening(directory: Path, commands: Commands) -> Iterator[Stack]:
    """Played with workers, archive and scheduler, and then looked at without them: nothing moves any more."""
    with Stack(directory, settings=_SETTINGS) as stack:
        with upgraded(stack.settings()):
            pass
        stack.module("workers.cli", "archive", "run")
        stack.worker()
        with stack.enqueuer() as enqueuer:
            paid = _charges(stack, enqueuer)
            _renewals(stack, paid)
            _submit(stack, commands, DONE, "MARCH", 40)
            enqueuer.charge(order_id=AGAIN, amount="9.90", currency="EUR", country="LT", payment_id=paid)
            eventually(
                lambda: _parked(enqueuer, LOST, OTHER, LANDED, AGAIN, "MARCH-000003"), "they are parked", within_s=60
            )
            eventually(lambda: _followed(stack), "the renewals have ended", within_s=60)
        stack.kill_workers()
        for name, prefix, rows in ((RUNNING, "APRIL", 25), (PAUSED, "GIFT", 12), (CANCELLED, "WRONG", 8)):
            _submit(stack, commands, name, prefix, rows)
        assert tell_at(stack.valkey.url(1)), "no worker is there to tell that these were accepted"
        for word, name in (("pause", PAUSED), ("cancel", CANCELLED)):
            assert commands.run("batch", word, name, env=stack.env, cwd=ROOT).code == 0
        stack.module("workers.cli", "archive", "run")
        _put_aside(stack)
        stack.admin("faults", [])
        landed(stack, LANDED, "42.00")
        eventually(lambda: _archived(stack) >= 4, "the archive has the batches", within_s=60)
        yield stack


def _charges(stack: Stack, enqueuer: Enqueuer) -> str:
    """Paid and declined ones, and those that will be parked; the id of a payment."""
    landed(stack, OTHER, "11.00")
    stack.admin("faults", _FAULTS)
    wanted = [("PAID-1", "19.90"), ("PAID-2", "7.50"), ("DECLINED-1", "151.00"), ("DECLINED-2", "250.00"),
              (LOST, "10.00"), (OTHER, "10.00"), (LANDED, "42.00")]  # fmt: skip
    for order_id, amount in wanted:
        enqueuer.charge(order_id=order_id, amount=amount, currency="EUR", country="LT", customer=CUSTOMER, **CARD)
    paid = enqueuer.wait("PAID-1", timeout_s=30)
    assert paid.payment_id
    return paid.payment_id


def _renewals(stack: Stack, payment_id: str) -> None:
    """Some that are due and charged, some that missed days and are held, and one that falls due when no run comes."""
    settings, now = stack.settings(), datetime.now(UTC)
    with Archive(settings) as archive, LedgerTill(settings) as till:
        renewals = Renewals(archive, till, clock=clock_of(settings), rate_max=settings.renewal_rate_max)

        def subscribe(name: str, days_ago: int, amount: str = "9.90") -> None:
            then = now - timedelta(days=days_ago)
            with Subscriptions(settings, archive, clock=lambda: then) as subscriptions:
                subscriptions.create(
                    subscription_id=name, amount=amount, currency="EUR", unit="day", country="LT", zone="UTC",
                    start=f"{then:%Y-%m-%d}", payment_id=payment_id, consent="signup-1",
                )  # fmt: skip

        for number in range(8):
            subscribe(f"gym{number}", 0)
        subscribe("dear", 0, "250.00")
        for number in range(2):
            subscribe(f"late{number}", 3)
        renewals.run()
        subscribe("new", 1)


def _followed(stack: Stack) -> bool:
    settings = stack.settings()
    with Archive(settings) as archive, LedgerTill(settings) as till:
        renewals = Renewals(archive, till, clock=clock_of(settings), rate_max=settings.renewal_rate_max)
        renewals.follow()
        return not renewals.account().by_state["charging"]


def _submit(stack: Stack, commands: Commands, name: str, prefix: str, rows: int) -> None:
    path = stack.directory / f"{prefix}.csv"
    path.write_text("".join(lines(rows)).replace("DEMO-", f"{prefix}-"), "utf-8")
    assert commands.run("batch", "submit", "--name", name, str(path), env=stack.env, cwd=ROOT).code == 0


def _parked(enqueuer: Enqueuer, *order_ids: str) -> bool:
    return {enqueuer.get(order_id).state for order_id in order_ids} == {"parked"}


def _put_aside(stack: Stack) -> None:
    """A message of nobody, and one that names an order."""
    with redis.Redis.from_url(stack.valkey.url(1)) as ledger:
        beginning = b'{"args": ["LOST-1", 1]}'
        fields = {"reason": "id_mismatch", "size": len(beginning), "card_data": 0, "beginning": beginning}
        ledger.xadd(keys.QUARANTINE, fields)
        ledger.xadd(keys.QUARANTINE, {"reason": "options_foreign", "size": 400, "card_data": 1, "beginning": b""})


def _archived(stack: Stack) -> int:
    """How many batches the archive knows."""
    from workers.console.archive_reads import recent_batches

    return len(recent_batches(stack.settings(), int(datetime.now(UTC).timestamp() * 1000)))
