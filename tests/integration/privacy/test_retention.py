"""What is over its time goes, class by class, on both databases; the books stay."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from producers.runtime.archive.database import Archive
from producers.runtime.ledger.clock import read_now_ms
from producers.runtime.ledger.executors import SyncLedger
from producers.subscriptions.book.tables import NOTICES, SUBSCRIPTIONS, TERMS
from tests.archives import archive_settings
from tests.archiving import DERIVED, rows
from tests.eventually import eventually
from tests.integration.privacy.people import DAY_MS, NOW_MS, archived, charged, pseudonyms, subscribed, told
from workers.events.archive.rebuilding import rebuild
from workers.events.archive.tables import EVENTS, NOTIFICATIONS, OPERATOR_ACTIONS, ORDERS, UNREAD_EVENTS
from workers.events.webhooks.tables import DELIVERIES
from workers.privacy.classes import CLASSES
from workers.privacy.finding import in_archive, person_of
from workers.privacy.pseudonyms import MARK, Pseudonyms
from workers.privacy.retention import CHUNK, ClockLeapt, Retention, retaining, retention_of
from workers.reconciling.tables import RECONCILIATIONS

KEPT_DAYS = {
    "event_bodies_kept_s": 400, "personal_kept_s": 540, "notices_kept_s": 400, "reconciliations_kept_s": 1825,
    "audit_kept_s": 400, "notifications_kept_s": 90, "events_kept_s": 30,
}  # fmt: skip
#: A row of each class that has one, besides orders, as if written then.
MADE: dict[str, Callable[[int], tuple[object, dict[str, object]]]] = {
    "unread_events": lambda at: (
        UNREAD_EVENTS, {"reader": "archive", "position": f"{at}-0", "reason": "x", "body": "{}", "since_ms": at},
    ),
    "reconciliations": lambda at: (
        RECONCILIATIONS, {"run_id": str(at), "began_at_ms": at, "ended_at_ms": at, "differences": 0, "body": "{}"},
    ),
    "audit_lines": lambda at: (
        OPERATOR_ACTIONS,
        {"hash": str(at), "seq": 1, "at_ms": at, "actor": "a", "action": "b", "subject": "c", "line": "{}"},
    ),
    "notifications": lambda at: (
        NOTIFICATIONS, {"notification_id": str(at), "door": "json", "type": "t", "result": "hinted", "at_ms": at},
    ),
    "webhooks_over": lambda at: (DELIVERIES, delivery(at, "failed")),
    "webhooks_waiting": lambda at: (DELIVERIES, delivery(at, "waiting")),
}  # fmt: skip


def delivery(at_ms: int, state: str, *, next_at_ms: int | None = None) -> dict[str, object]:
    """One that an endpoint is to be told, entered then."""
    return {
        "endpoint": "shop", "event_id": f"ORD-1:{at_ms}", "seq": at_ms, "subject": "ORD-1", "type": "payment.approved",
        "body": '{"customer":"anna"}', "state": state, "tries": 0, "since_ms": at_ms, "next_at_ms": next_at_ms,
    }  # fmt: skip


def retention(archive: Archive, names: Pseudonyms, *, now_ms: int = NOW_MS) -> Retention:
    return Retention(
        archive, lambda name: KEPT_DAYS[name] * 86_400.0, names, clock_ms=lambda: now_ms, pause=lambda _: None
    )


def ago(days: float) -> int:
    return NOW_MS - int(days * DAY_MS)


@pytest.mark.parametrize("name", MADE)
def test_a_class_goes_after_its_time_and_not_before(archive: Archive, tmp_path: Path, name: str) -> None:
    """A day before it stays, a day behind it is gone; a dry run says so and changes nothing."""
    kept = next(each for each in CLASSES if each.name == name)
    days = KEPT_DAYS[kept.setting] + kept.beyond_s / 86_400
    table, _ = MADE[name](0)
    with archive.writing() as connection:
        for at_ms in (ago(days + 1), ago(days - 1)):
            connection.execute(insert(table), MADE[name](at_ms)[1])  # type: ignore[arg-type]
    subject = retention(archive, pseudonyms(tmp_path))
    assert (subject.due()[name], subject.due()[name]) == (1, 1)
    assert (subject.round()[name], subject.round()[name], subject.due()[name]) == (1, 0, 0)
    with archive.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(table)) == 1  # type: ignore[arg-type]


def test_bodies_go_and_every_row_stays(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """Also when the tables are made anew. Of an order that goes on all bodies are kept: later events may change it."""
    archived(ledger, archive, *told("OLD", "anna", ago(401), "approved"), *told("NEW", "anna", ago(399), "approved"))
    archived(ledger, archive, *told("OPEN", "anna", ago(401), "unknown"))
    before = [rows(archive, table) for table in DERIVED]
    assert retention(archive, pseudonyms(tmp_path)).round()["event_bodies"] == 2
    bodies = {name: row["body"] is not None for name, row in rows(archive, EVENTS).items()}
    assert {name for name, there in bodies.items() if not there} == {"OLD:accepted", "OLD:approved"}
    rebuild(archive, "archive")
    assert [rows(archive, table) for table in DERIVED] == before


def test_more_than_a_chunk_goes_too(archive: Archive, tmp_path: Path) -> None:
    """Rows of one moment are told apart by their names."""
    made = [
        {"notification_id": str(number), "door": "json", "type": "t", "result": "hinted", "at_ms": ago(100)}
        for number in range(2 * CHUNK + 1)
    ]
    events = [
        {"event_id": str(number), "position": "1-1", "type": "t", "subject": "s", "at_ms": ago(500), "body": "{}"}
        for number in range(2 * CHUNK + 1)
    ]
    with archive.writing() as connection:
        connection.execute(insert(NOTIFICATIONS), made)
        connection.execute(insert(EVENTS), events)
    done = retention(archive, pseudonyms(tmp_path)).round()
    assert (done["notifications"], done["event_bodies"]) == (len(made), len(events))


def test_pseudonyms_take_the_place_of_names(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """The same customer has the same one, so they can still be counted; nobody's card is told any more."""
    names = pseudonyms(tmp_path)
    for number, customer in enumerate(("anna", "anna", "ben", None)):
        archived(ledger, archive, *told(f"OLD-{number}", customer, ago(541), "approved"))
    archived(ledger, archive, *told("NEW", "anna", ago(539), "approved"))
    subject = retention(archive, names)
    assert (subject.round()["orders"], subject.round()["orders"]) == (4, 0)
    kept = {name: (row["customer"], row["card_last4"]) for name, row in rows(archive, ORDERS).items()}
    anna, ben = names.of("anna"), names.of("ben")
    assert kept == {
        "OLD-0": (anna, None), "OLD-1": (anna, None), "OLD-2": (ben, None), "OLD-3": (None, None),
        "NEW": ("anna", "1111"),
    }  # fmt: skip
    assert anna and anna.startswith(MARK) and anna != ben and "anna" not in anna


def test_without_a_key_names_are_emptied(ledger: SyncLedger, archive: Archive) -> None:
    """Nothing that says who it was may stay only because a file is missing."""
    archived(ledger, archive, *told("OLD", "anna", ago(541), "approved"))
    assert retention(archive, Pseudonyms(None)).round()["orders"] == 1
    assert rows(archive, ORDERS)["OLD"]["customer"] is None


def test_who_subscribes_is_known_until_long_after_it_ended(archive: Archive, tmp_path: Path) -> None:
    """Notices that were taken go sooner."""
    names = pseudonyms(tmp_path)
    for name, state, days in (("GONE", "cancelled", 541), ("LATE", "cancelled", 401), ("HERE", "active", 541)):
        subscribed(archive, name, "anna", state=state, changed_at_ms=ago(days))
    done = retention(archive, names).round()
    assert (done["subscriptions"], done["notices"]) == (1, 3)
    assert {name: row["customer"] for name, row in rows(archive, SUBSCRIPTIONS).items()} == {
        "GONE": names.of("anna"), "LATE": "anna", "HERE": "anna",
    }  # fmt: skip
    assert rows(archive, NOTICES) == {}


def test_nothing_that_an_erasure_takes_outlasts_its_time(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """Whatever says who somebody is, in rows that stay, goes with time as it goes on request."""
    for name, state in (("GONE", "cancelled"), ("HERE", "active")):
        subscribed(archive, name, "anna", state=state, changed_at_ms=ago(541))
        charged(archive, name, at_ms=ago(600))
    archived(ledger, archive, *told("OLD", "anna", ago(541), "approved"))
    with archive.writing() as connection:
        connection.execute(update(ORDERS).values(card_id="k1.0123"))
    names = pseudonyms(tmp_path)
    retention(archive, names).round()
    person = person_of(archive, ["anna", names.of("anna") or ""])
    assert person.subscriptions == {"GONE", "HERE"} and person.orders == {"OLD"}
    with archive.reading() as connection:
        left = {place: count for place, count in in_archive(connection, person).items() if count}
        here = connection.execute(select(TERMS.c.consent).where(TERMS.c.subscription_id == "HERE")).scalar()
    assert here == "clicked"
    # Those of the subscription that goes on, and the names that are pseudonyms by now.
    assert left == {
        "archive.subscriptions": 2, "archive.subscription_terms": 1, "archive.attempts": 1, "archive.orders": 1,
    }  # fmt: skip
    assert rows(archive, ORDERS)["OLD"]["card_id"] is None


def test_an_order_that_goes_on_keeps_its_customer(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """However old it is."""
    archived(ledger, archive, *told("OPEN", "anna", ago(600), "unknown"))
    assert retention(archive, pseudonyms(tmp_path)).round()["orders"] == 0
    assert rows(archive, ORDERS)["OPEN"]["customer"] == "anna"


def test_what_waits_behind_a_delivery_that_went_is_due(archive: Archive, tmp_path: Path) -> None:
    """A process that comes back after a year posts what is left."""
    with archive.writing() as connection:
        connection.execute(insert(DELIVERIES), delivery(ago(401), "waiting", next_at_ms=ago(401)))
        connection.execute(insert(DELIVERIES), delivery(ago(399), "waiting"))
    assert retention(archive, pseudonyms(tmp_path)).round()["webhooks_waiting"] == 1
    with archive.reading() as connection:
        assert connection.execute(select(DELIVERIES.c.since_ms, DELIVERIES.c.next_at_ms)).all() == [
            (ago(399), ago(400))
        ]


def test_a_clock_that_leaps_takes_nothing(archive: Archive, tmp_path: Path) -> None:
    """Until an operator says that it is right. A month in which nothing ran is believed, and so is a clock put back."""
    names = pseudonyms(tmp_path)
    with archive.writing() as connection:
        connection.execute(insert(NOTIFICATIONS), MADE["notifications"](NOW_MS)[1])
    for days in (0, 31, 1):
        retention(archive, names, now_ms=NOW_MS + days * DAY_MS).round()
    far = retention(archive, names, now_ms=NOW_MS + 3650 * DAY_MS)
    with pytest.raises(ClockLeapt, match="3649 days ago"):
        far.round()
    assert rows(archive, NOTIFICATIONS) and far.due()["notifications"] == 1
    assert far.round(clock_is_right=True)["notifications"] == far.round()["notifications"] + 1 == 1


def test_the_ledgers_clock_decides(
    ledger: SyncLedger, archive: Archive, archive_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose own is years ahead takes nothing sooner."""
    at_ms = read_now_ms(ledger)
    with archive.writing() as connection:
        connection.execute(insert(NOTIFICATIONS), MADE["notifications"](at_ms)[1])
    monkeypatch.setattr(time, "time", lambda: at_ms / 1000 + 10 * 365 * 86_400)
    assert retention_of(archive_settings(tmp_path, archive_url), ledger, archive).round()["notifications"] == 0


def test_it_runs_beside_the_archive(ledger: SyncLedger, archive: Archive, archive_url: str, tmp_path: Path) -> None:
    """By the settings, until that ends."""
    with archive.writing() as connection:
        connection.execute(insert(NOTIFICATIONS), MADE["notifications"](1)[1])
    with retaining(archive_settings(tmp_path, archive_url), ledger, archive):
        eventually(lambda: not rows(archive, NOTIFICATIONS), "it is gone")
