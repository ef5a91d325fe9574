"""A host that has worked with a ledger, which is then lost."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import insert

from producers.runtime.archive.database import Archive
from producers.runtime.ledger.epoch import pin_ledger, remembered
from producers.runtime.ledger.executors import SyncLedger
from tests.ledgers import claim, give_credits, intend, read
from workers.events.archive.tables import ORDER_ATTEMPTS, ORDERS
from workers.payments.intent_log import FOLDER, IntentLog
from workers.recovery.diagnosis import diagnose
from workers.recovery.rebuilding import Rebuilding, Tally
from workers.recovery.sent import SentBook

WINDOW_MS = 45_000


class Host:
    """A host that has worked with a ledger: what it remembers, its log of intents, and the archive."""

    def __init__(self, directory: Path, ledger_url: str, archive: Archive) -> None:
        self.directory = directory
        self.archive = archive
        self.client = redis.Redis.from_url(ledger_url, protocol=2)
        self.pin = pin_ledger(self.client, directory)
        self.ledger = SyncLedger(self.client, self.pin.epoch)
        self.log = IntentLog(directory, "w1", room_bytes=10**7, failed=lambda _: None)

    def send(self, order_id: str) -> None:
        """Promise it, as a worker does: the log has it."""
        claim(self.ledger, order_id=order_id)
        give_credits(self.ledger)
        granted = intend(self.ledger, order_id=order_id)
        self.log.write(read(self.ledger, order_id), granted.sequence, granted.intent_at_ms)

    def tell(self, *order_ids: str, state: str, **fields: object) -> None:
        """The archive was told so of them."""
        rows = [
            {
                "order_id": order_id,
                "kind": "charge",
                "account": "default",
                "producer": "shop",
                "amount_minor": 1000,
                "currency": "EUR",
                "state": state,
                "held": False,
                "accepted_at_ms": 1,
                "changed_at_ms": 1,
                **fields,
            }
            for order_id in order_ids
        ]
        attempts = [
            {"attempt_ref": order_id, "order_id": order_id, "account": "default", "state": state, "changed_at_ms": 1}
            for order_id in order_ids
        ]
        with self.archive.writing() as connection:
            connection.execute(insert(ORDERS), rows)
            connection.execute(insert(ORDER_ATTEMPTS), attempts)

    def copied(self) -> dict[Any, Any]:
        """The whole ledger as it is now."""
        return {key: self.client.dump(key) for key in self.client.keys("*")}

    def restored(self, copy: dict[Any, Any]) -> None:
        """A backup is played back."""
        self.client.flushdb()
        for key, value in copy.items():
            self.client.restore(key, 0, value)

    def rebuild(self, *, all_hosts: bool = True, stop_after: int | None = None, listed: Collection[str] = ()) -> Tally:
        """As the command does; `stop_after` so many orders it is killed. `listed` are on the second account's list."""
        memory = remembered(self.directory)
        assert memory is not None
        ledger = SyncLedger(self.client, "")
        diagnosis = diagnose(ledger, memory)
        ledger.epoch = diagnosis.epoch
        with SentBook([self.directory / FOLDER]) as sent:
            rebuilding = Rebuilding(ledger, self.archive, sent, diagnosis, window_ms=WINDOW_MS, all_hosts=all_hosts)
            rebuilding.hear(dict.fromkeys(listed, "second"))
            rebuilding.begin(memory)
            tally = rebuilding.restore(lambda count: stop(stop_after, count))
            rebuilding.end(memory)
        return tally

    def again(self) -> SyncLedger:
        """The ledger as a process of this host takes it when it starts."""
        return SyncLedger(self.client, pin_ledger(self.client, self.directory).epoch)


class Killed(Exception):
    """The rebuilding ends here."""


def stop(after: int | None, count: int) -> None:
    if after is not None and count >= after:
        raise Killed
