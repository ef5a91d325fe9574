"""The duty that lets orders leave the ledger, on both databases: only what the archive knows the end of."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert

from producers.errors import ArchiveUnavailable, LedgerLockdown
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import calls, keys, tombstones
from producers.runtime.ledger.executors import SyncLedger
from tests import ledgers
from tests.archives import archive_settings
from tests.eventually import eventually
from workers.events.archive.retiring import DUTY, FAILED_S, ROUND_S, ArchivedEnds, Retirement, retiring
from workers.events.archive.tables import EVENTS, ORDERS

KEPT_S = 90 * 86_400.0


class Stopped(Exception):
    """The test has seen enough."""


def ended(ledger: SyncLedger, order_id: str, *, days_ago: float = 100) -> None:
    """An approved order, as if it had ended then."""
    ledgers.sending(ledger, order_id)
    ledgers.settle(ledger, "approved", order_id=order_id, payment_id=f"of-{order_id}")
    since = ledgers.read(ledger, order_id).number("since") - int(days_ago * 86_400_000)
    ledger.read("HSET", keys.order(order_id), "since", since)


def archived(archive: Archive, order_id: str, *, state: str = "approved", told: str = "approved") -> None:
    """What the archive knows of an order; `told` is the state of the newest event that it has."""
    row = {
        "order_id": order_id, "kind": "charge", "account": "default", "producer": "shop", "amount_minor": 1000,
        "currency": "EUR", "state": state, "held": False, "accepted_at_ms": 1, "ended_at_ms": 2, "changed_at_ms": 2,
    }  # fmt: skip
    event = {"event_id": f"{order_id}:{told}", "position": "1-1", "type": f"payment.{told}", "subject": order_id}
    with archive.writing() as connection:
        connection.execute(insert(ORDERS), row)
        connection.execute(insert(EVENTS), {**event, "at_ms": 2, "body": "{}"})


def left(ledger: SyncLedger, *order_ids: str) -> list[bool]:
    return [ledger.read(*tombstones.question(order_id)) is not None for order_id in order_ids]


def duty(ledger: SyncLedger, archive: Archive) -> Retirement:
    return Retirement(ledger, ArchivedEnds(archive), kept_s=KEPT_S, pause=lambda _: None)


def test_what_ended_long_ago_and_is_archived_leaves(ledger: SyncLedger, archive: Archive) -> None:
    """What is younger stays, and what the archive has not heard the end of; that is told."""
    for order_id, days_ago in (("OLD", 91), ("YOUNG", 89), ("UNHEARD", 91), ("OPEN", 91), ("LATE", 91)):
        ended(ledger, order_id, days_ago=days_ago)
    for order_id in ("OLD", "YOUNG"):
        archived(archive, order_id)
    archived(archive, "OPEN", state="pending", told="pending")
    archived(archive, "LATE", told="accepted")
    ledgers.accept(ledger, "NEW")
    assert duty(ledger, archive).round() == {"retired": 1, "not_archived": 3}
    assert left(ledger, "OLD", "YOUNG", "UNHEARD", "OPEN", "LATE", "NEW") == [True, False, False, False, False, False]


def test_what_cannot_leave_yet_is_met_again(ledger: SyncLedger, archive: Archive) -> None:
    """Nobody keeps a list of it."""
    ended(ledger, "ORD-1")
    archived(archive, "ORD-1")
    ledger.read("HSET", keys.parent("of-ORD-1"), "open", "RET-1")
    subject = duty(ledger, archive)
    assert subject.round() == {"followed": 1}
    ledger.read("HDEL", keys.parent("of-ORD-1"), "open")
    assert (subject.round(), subject.round()) == ({"retired": 1}, {})


def test_a_ledger_of_thousands_is_gone_through(ledger: SyncLedger, archive: Archive) -> None:
    """In many steps, between which the server rests nine times as long as they took."""
    for number in range(1500):
        ledgers.accept(ledger, f"ORD-{number}")
    ended(ledger, "OLD-1")
    ended(ledger, "OLD-2")
    archived(archive, "OLD-1")
    archived(archive, "OLD-2")
    rests: list[float] = []
    subject = Retirement(ledger, ArchivedEnds(archive), kept_s=KEPT_S, pause=rests.append)
    assert subject.round() == {"retired": 2}
    assert len(rests) > 5 and all(rest > 0 for rest in rests)


def test_one_at_a_time_does_it(ledger: SyncLedger, archive: Archive) -> None:
    """Whoever has no lease does nothing, and gives none up that is another's."""
    ended(ledger, "ORD-1")
    archived(archive, "ORD-1")
    assert ledger.run(calls.lead(DUTY, "another", 60_000))
    assert duty(ledger, archive).round() == {}
    assert ledger.run(calls.lead(DUTY, "another", 60_000))


def test_it_goes_on_after_a_failure(ledger: SyncLedger, archive: Archive) -> None:
    """An archive that is away is asked again a little later; then comes the next round."""

    class Ends(ArchivedEnds):
        away = True

        def known(self, order_ids: object) -> list[str]:
            if self.away:
                self.away = False
                raise ArchiveUnavailable("it is away")
            return ["ORD-1"]

    rests: list[float] = []

    def pause(seconds: float) -> None:
        rests.append(seconds)
        if seconds > FAILED_S:
            raise Stopped

    ended(ledger, "ORD-1")
    with pytest.raises(Stopped):
        Retirement(ledger, Ends(archive), kept_s=KEPT_S, pause=pause).run()
    assert left(ledger, "ORD-1") == [True]
    assert FAILED_S * 0.8 <= max(rests[:-1]) <= FAILED_S < rests[-1] <= ROUND_S
    assert ledger.run(calls.lead(DUTY, "next", 1000))  # the lease was given up


def test_it_runs_beside_the_archive(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """Until that ends, and by the settings."""
    ended(ledger, "ORD-1")
    archived(archive, "ORD-1")
    with retiring(archive_settings(tmp_path, None), ledger, archive):
        eventually(lambda: left(ledger, "ORD-1") == [True], "it has left")
    assert ledger.run(calls.lead(DUTY, "next", 1000))


def test_another_ledger_ends_it(ledger: SyncLedger, archive: Archive) -> None:
    """An operator must decide."""
    ledger.read("SET", keys.EPOCH, "x" * 32)
    with pytest.raises(LedgerLockdown):
        duty(ledger, archive).run()
