"""The ledger's orders held against the archive's, on both databases."""

from __future__ import annotations

import redis
from sqlalchemy import delete, update

from cardinity_client.money import Money
from producers.contract.events import encode, payment_event
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.executors import SyncLedger
from tests.integration.archive.office import an_archiver
from tests.ledgers import MINE, accept, claim, give_credits, intend
from workers.events.archive.checking import Check, Difference, check
from workers.events.archive.tables import ORDERS


def test_nothing_differs(ledger: SyncLedger, archive: Archive) -> None:
    """Orders that have ended are told the same on both sides; those that have not are nobody's business yet."""
    charged(ledger, "ORD-1", "ORD-2")
    accept(ledger, "ORD-3")
    an_archiver(ledger, archive).catch_up()
    assert check(ledger, archive, "archive") == Check(2, 0, ())


def test_what_is_missing_or_told_otherwise_is_named(ledger: SyncLedger, archive: Archive) -> None:
    """Each with what the two sides say."""
    charged(ledger, "ORD-1", "ORD-2", "ORD-3")
    an_archiver(ledger, archive).catch_up()
    with archive.writing() as connection:
        connection.execute(delete(ORDERS).where(ORDERS.c.order_id == "ORD-1"))
        connection.execute(update(ORDERS).where(ORDERS.c.order_id == "ORD-2").values(amount_minor=999))
    found = check(ledger, archive, "archive")
    said = ("approved", "1000", "EUR")
    assert sorted(found.differences, key=lambda each: each.order_id) == [
        Difference("ORD-1", said, None),
        Difference("ORD-2", said, ("approved", "999", "EUR")),
    ]
    assert {each.what for each in found.differences} == {"missing", "different"}


def test_a_ledger_that_went_back_is_noticed(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """What has ended in the archive is open in a ledger that was restored."""
    charged(ledger, "ORD-1")
    an_archiver(ledger, archive).catch_up()
    client.hset(keys.order("ORD-1"), "state", "accepted")
    assert [each.order_id for each in check(ledger, archive, "archive").differences] == ["ORD-1"]


def test_what_is_yet_to_be_read_is_no_difference(ledger: SyncLedger, archive: Archive) -> None:
    """An archive that is behind says so."""
    an_archiver(ledger, archive).catch_up()
    charged(ledger, "ORD-1", "ORD-2")
    assert check(ledger, archive, "archive") == Check(2, 2, ())


def charged(ledger: SyncLedger, *order_ids: str) -> None:
    """Orders of 10.00 EUR that are approved, each with its event."""
    for order_id in order_ids:
        accept(ledger, order_id)
        claim(ledger, order_id=order_id)
        give_credits(ledger)
        intend(ledger, order_id=order_id)
        event = payment_event(
            state="approved", order_id=order_id, attempt_ref=order_id, account="default", producer="shop",
            amount=Money(1000, "EUR"), time_ms=1_768_471_200_000,
        )  # fmt: skip
        ledger.run(
            calls.settle(
                order_id, MINE, allowed=("sending",), to="approved", event_id=event.id, event=encode(event),
                detail="test", fields={},
            )
        )  # fmt: skip
