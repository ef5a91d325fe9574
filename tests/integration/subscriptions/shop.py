"""A merchant with subscriptions: an archive, a real ledger, a clock that tests turn, a bank that answers when told."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import redis

from cardinity_client.models.disputes import Chargeback
from cardinity_client.money import Money
from producers.contract.chargebacks import chargeback_event, dispute_name
from producers.contract.events import encode, event_id, payment_event
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import calls
from producers.runtime.ledger.disputes import tell
from producers.runtime.ledger.epoch import pin_ledger
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.settings import Settings
from producers.subscriptions import Subscription, Subscriptions
from producers.subscriptions.schedule.renewals import Renewals
from producers.subscriptions.schedule.reviews import PeriodView, of_subscription
from producers.subscriptions.till import LedgerTill
from producers.vault import generate_keys
from tests.archives import upgraded
from tests.ledgers import claim, give_credits, intend

#: The payment whose card most subscriptions charge.
CARD = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
#: When the shop opens.
OPENING = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Shop:
    """Everything that a scheduler has. `now` is the clock."""

    def __init__(self, settings: Settings, archive: Archive, till: LedgerTill, client: redis.Redis) -> None:
        self.settings = settings
        self.archive = archive
        self.till = till
        self.client = client
        self.ledger = SyncLedger(client, pin_ledger(client, settings.state_dir).epoch)
        self.now = OPENING
        self.pauses: list[float] = []
        self.subscriptions = Subscriptions(settings, archive, clock=lambda: self.now)
        self.renewals = self.scheduler()
        self._names = itertools.count(1)

    def scheduler(self) -> Renewals:
        """One more scheduler on the same archive."""
        return Renewals(
            self.archive,
            self.till,
            clock=lambda: self.now,
            rate_max=self.settings.renewal_rate_max,
            pause=self.pauses.append,
        )

    def subscribe(self, **fields: object) -> Subscription:
        """A subscription of 9.90 EUR every month from today in UTC, unless said otherwise."""
        wanted: dict[str, object] = {
            "subscription_id": f"s{next(self._names)}",
            "amount": "9.90",
            "currency": "EUR",
            "unit": "month",
            "country": "LT",
            "zone": "UTC",
            "start": f"{self.now:%Y-%m-%d}",
            "payment_id": CARD,
            "consent": "signup",
            **fields,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        return self.subscriptions.create(**given)

    def pass_days(self, days: float) -> None:
        """Turn the clock."""
        self.now += timedelta(days=days)

    def periods(self, name: str) -> dict[int, tuple[str, str | None]]:
        """State and reason of a subscription's periods by number."""
        return {view.number: (view.state, view.reason) for view in self.views(name)}

    def views(self, name: str) -> list[PeriodView]:
        """Its periods, oldest first."""
        with self.archive.reading() as connection:
            return of_subscription(connection, name, 1000)[::-1]

    def orders(self) -> list[str]:
        """Every order that the ledger has of subscriptions."""
        return sorted(key.decode().removeprefix("pay:order:") for key in self.client.scan_iter("pay:order:sub.*"))

    def bank_says(self, order_id: str, state: str, **more: Any) -> None:
        """A worker sends the order and records what came of it, with its event."""
        claim(self.ledger, order_id=order_id)
        give_credits(self.ledger)
        intend(self.ledger, order_id=order_id)
        self.record(order_id, state, **more)

    def record(self, order_id: str, state: str, **more: Any) -> None:
        """The outcome of an order that was sent."""
        told: dict[str, str | bytes | int] = {
            name: more[name] for name in ("error", "merchant_advice_code") if name in more
        }
        event = payment_event(
            state=state, order_id=order_id, attempt_ref=order_id, account="default", producer="default",
            amount=Money(990, "EUR"), time_ms=int(self.now.timestamp() * 1000),
            payment_id=more.pop("payment_id", str(uuid.uuid4())), **more,
        )  # fmt: skip
        self.ledger.run(
            calls.settle(
                order_id, "a" * 32, allowed=("sending", "unknown"), to=state, event_id=event_id(order_id, state),
                event=encode(event), detail="test", fields=told,
            )
        )  # fmt: skip

    def dispute(self, payment_id: str) -> None:
        """A chargeback stops charges of that payment's card."""
        chargeback = Chargeback(
            id="1d2c3b4a-7c1e-4d0c-9a51-0b6f4e2d9c10", amount=Money(990, "EUR"), status="initiated",
            payment_id=payment_id, created_at=self.now, live=False, order_id=None, description=None, reason=None,
        )  # fmt: skip
        event = chargeback_event(chargeback, account="default", order_id=None, time_ms=int(self.now.timestamp() * 1000))
        name = dispute_name(chargeback.id)
        self.ledger.run(tell("default", name, "initiated", event=encode(event), order_id=None, stop=[payment_id]))


@contextmanager
def shop(directory: Path, archive_url: str | None, queue_url: str, ledger_url: str, **more: str) -> Iterator[Shop]:
    """Open one."""
    keys = generate_keys(directory / "keys")
    settings = Settings.for_producer(
        {
            "REDIS_QUEUE_URL": queue_url,
            "REDIS_LEDGER_URL": ledger_url,
            "STATE_DIR": str(directory / "state"),
            "SEAL_PUBLIC_KEY_FILE": str(keys.seal_public),
            "PRODUCER_KEY_FILE": str(keys.producer_key),
            "RENEWAL_FROM_H": "6",
            "RENEWAL_UNTIL_H": "7",
            "RENEWAL_RATE_MAX": "10000",
            **({"ARCHIVE_URL": archive_url} if archive_url else {}),
            **more,
        }
    )
    with (
        upgraded(settings) as archive,
        LedgerTill(settings) as till,
        redis.Redis.from_url(ledger_url, protocol=2) as client,
    ):
        yield Shop(settings, archive, till, client)
