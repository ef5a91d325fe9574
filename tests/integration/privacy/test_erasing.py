"""Everything of one customer is shown, and what says who it is is erased, on both databases."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, update

from producers.errors import ProducerError
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import READERS
from producers.runtime.archive.schema import METADATA
from producers.runtime.ledger import calls, keys, tombstones
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import Accepted
from producers.splits.made_of import MadeOf, PartMade, read, written
from producers.subscriptions.book.tables import ATTEMPTS, NOTICES, PERIODS, SUBSCRIPTIONS
from tests import ledgers
from tests.archiving import rows
from tests.integration.privacy.people import (
    DAY_MS,
    archived,
    in_ledger,
    on_stream,
    payment_of,
    pseudonyms,
    subscribed,
    told,
)
from workers.events.archive.archiver import Archiver
from workers.events.archive.book import EventBook
from workers.events.archive.rebuilding import rebuild
from workers.events.archive.stream import LedgerStream
from workers.events.archive.tables import EVENTS, ORDERS, UNREAD_EVENTS
from workers.events.webhooks.tables import DELIVERIES
from workers.privacy.erasing import STREAM, Erasure
from workers.privacy.exporting import records_of
from workers.privacy.finding import person_of


def now_ms(ledger: SyncLedger) -> int:
    seconds, micros = ledger.read("TIME")
    return int(seconds) * 1000 + int(micros) // 1000


def paid(ledger: SyncLedger, archive: Archive, order_id: str, customer: str = "anna", *, days_ago: float = 10) -> None:
    """An approved charge, in ledger and archive."""
    in_ledger(ledger, order_id, customer, days_ago=days_ago)
    archived(ledger, archive, *told(order_id, customer, now_ms(ledger) - int(days_ago * DAY_MS), "approved"))


def erasure(ledger: SyncLedger, archive: Archive, directory: Path, customer: str = "anna") -> Erasure:
    names = [customer, str(pseudonyms(directory).of(customer))]
    return Erasure(archive, ledger, person_of(archive, names), now_ms(ledger))


def count_by_risk(ledger: SyncLedger, customer: str) -> None:
    """Counters as the rules keep them."""
    ledger.read("ZADD", f"pay:risk:cards:{customer}", 1, "k1.0")
    ledger.read("ZADD", f"pay:risk:places:{customer}", 1, "LT")
    ledger.read("ZADD", f"pay:risk:hours:{customer}", 1, "7")
    ledger.read("ZADD", "pay:risk:customers:k1.0", 1, customer)


def everything(archive: Archive) -> str:
    """The whole archive as text."""
    with archive.reading() as connection:
        return "\n".join(
            str(tuple(row)) for table in METADATA.sorted_tables for row in connection.execute(select(table))
        )


def test_a_customer_is_gone_and_the_books_stay(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """Wherever they were looked for nothing is left, and nowhere in the archive or in Redis is the name."""
    for order_id in ("ANNA-1", "ANNA-2"):
        paid(ledger, archive, order_id)
    paid(ledger, archive, "BEN-1", "ben")
    subscribed(archive, "SUB-1", "anna", state="cancelled", changed_at_ms=1)
    count_by_risk(ledger, "anna")
    count_by_risk(ledger, "ben")
    subject = erasure(ledger, archive, tmp_path)
    before = subject.left().places
    assert (subject.obstacles(), before["archive.orders"], before["archive.events"]) == ([], 2, 4)
    assert (before["ledger.pay:order:*"], before["ledger.pay:risk:*"], before["archive.notices"]) == (2, 4, 1)
    subject.erase()
    assert set(subject.left().places.values()) == {0}
    assert sum(erasure(ledger, archive, tmp_path).left().places.values()) == 0
    assert "anna" not in everything(archive) and "For Anna" not in everything(archive)
    redis_says = {key: ledger.read("TYPE", key) for key in ledger.read("KEYS", "*")}
    assert not [key for key in redis_says if b"anna" in key]
    assert ledger.read("ZSCORE", "pay:risk:customers:k1.0", "ben") is not None
    kept = rows(archive, ORDERS)
    assert [(kept[name]["state"], kept[name]["amount_minor"], kept[name]["payment_id"]) for name in ("ANNA-1",)] == [
        ("approved", 1000, payment_of("ANNA-1"))
    ]
    assert (kept["BEN-1"]["customer"], ledgers.read(ledger, "BEN-1").text("customer")) == ("ben", "ben")


def test_an_erased_order_is_never_charged_again(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """Its tombstone answers for it, as for any that has left."""
    paid(ledger, archive, "ANNA-1")
    erasure(ledger, archive, tmp_path).erase()
    assert ledger.read(*tombstones.question("ANNA-1")) is not None
    again = ledger.run(calls.accept("ANNA-1", {"amount_minor": "1000"}, grace_ms=0))
    assert not isinstance(again, Accepted)


@pytest.mark.parametrize(
    ("state", "days_ago", "code"), [("sending", 10, "erase_order_open"), ("approved", 7, "erase_order_young")]
)
def test_an_order_that_may_still_be_heard_of_is_in_the_way(
    ledger: SyncLedger, archive: Archive, tmp_path: Path, state: str, days_ago: float, code: str
) -> None:
    """Whether the archive has heard of it or not."""
    in_ledger(ledger, "ANNA-1", "anna", days_ago=days_ago, state=state)
    assert [each.code for each in erasure(ledger, archive, tmp_path).obstacles()] == [code]
    ends = () if state == "sending" else (state,)
    archived(ledger, archive, *told("ANNA-1", "anna", now_ms(ledger) - int(days_ago * DAY_MS), *ends))
    assert [each.code for each in erasure(ledger, archive, tmp_path).obstacles()] == [code]


@pytest.mark.parametrize("state", ["active", "paused"])
def test_a_subscription_that_goes_on_is_in_the_way(
    ledger: SyncLedger, archive: Archive, tmp_path: Path, state: str
) -> None:
    """It would be charged again, for somebody who is not known."""
    subscribed(archive, "SUB-1", "anna", state=state, changed_at_ms=1)
    (found,) = erasure(ledger, archive, tmp_path).obstacles()
    assert (found.code, "SUB-1" in found.what) == ("erase_subscription_open", True)


def test_what_the_archive_has_not_heard_of_is_kept(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """Nothing leaves the ledger whose end is told nowhere else."""
    in_ledger(ledger, "ANNA-1", "anna", days_ago=10)
    with pytest.raises(ProducerError) as caught:
        erasure(ledger, archive, tmp_path).erase()
    assert (caught.value.code, ledgers.read(ledger, "ANNA-1").state) == ("erase_deferred", "approved")


def test_an_order_that_others_wait_for_is_deferred_and_the_archive_is_as_it_was(
    ledger: SyncLedger, archive: Archive, tmp_path: Path
) -> None:
    """A refund of it is under way, say."""
    paid(ledger, archive, "ANNA-1")
    ledger.read("HSET", keys.parent(payment_of("ANNA-1")), "open", "RET-1")
    with pytest.raises(ProducerError, match="followed"):
        erasure(ledger, archive, tmp_path).erase()
    assert rows(archive, ORDERS)["ANNA-1"]["customer"] == "anna"
    ledger.read("HDEL", keys.parent(payment_of("ANNA-1")), "open")
    erasure(ledger, archive, tmp_path).erase()
    assert rows(archive, ORDERS)["ANNA-1"]["customer"] is None


def test_the_stream_is_told_until_it_is_trimmed_and_brings_nothing_back(
    ledger: SyncLedger, archive: Archive, tmp_path: Path
) -> None:
    """Entries stay until then; an archive that reads them all again, or makes its tables anew, stays as it is."""
    events = list(told("ANNA-1", "anna", now_ms(ledger) - 10 * DAY_MS, "approved"))
    in_ledger(ledger, "ANNA-1", "anna", days_ago=10)
    archived(ledger, archive, *events)
    on_stream(ledger, *events)
    subject = erasure(ledger, archive, tmp_path)
    subject.erase()
    left = subject.left()
    assert ({place for place, count in left.places.items() if count}, left.places[STREAM]) == ({STREAM}, 2)
    assert now_ms(ledger) - 60_000 < left.stream_newest_ms <= now_ms(ledger)
    with archive.writing() as connection:
        connection.execute(READERS.delete())
    Archiver("archive", ledger, archive, LedgerStream(ledger), EventBook("archive")).catch_up()
    rebuild(archive, "archive")
    assert rows(archive, ORDERS)["ANNA-1"]["customer"] is None
    assert "anna" not in everything(archive)
    ledger.read("XTRIM", keys.EVENTS, "MAXLEN", 0)
    assert sum(subject.left().places.values()) == 0


def test_a_payment_in_parts_forgets_them_and_keeps_its_name(
    ledger: SyncLedger, archive: Archive, tmp_path: Path
) -> None:
    """What its parts are stays, so that nobody can make it anew."""
    part = PartMade("shop-a", "SPL-1.1", 1000, "For Anna", "default")
    made = MadeOf(1000, "EUR", "LT", "f" * 32, True, "", False, (part,), "anna")
    ledger.read("HSET", keys.split("SPL-1"), "made_of", written(made), "created_at", 1)
    ledger.read(
        "HSET", keys.split("SPL-2"), "made_of", written(msgspec.structs.replace(made, customer="ben")), "created_at", 1
    )
    subject = erasure(ledger, archive, tmp_path)
    assert subject.left().places["ledger.pay:split:*"] == 1
    subject.erase()
    kept = [read(ledger.read("HGET", keys.split(name), "made_of")) for name in ("SPL-1", "SPL-2")]
    assert (subject.left().places["ledger.pay:split:*"], [split.customer for split in kept]) == (0, ["", "ben"])
    assert (kept[0].parts[0].order_id, kept[0].parts[0].description, kept[0].total_minor) == ("SPL-1.1", "", 1000)


def test_an_order_that_a_killed_run_has_not_handed_in_is_in_the_way(
    ledger: SyncLedger, archive: Archive, tmp_path: Path
) -> None:
    """The next run hands it in, in the customer's name."""
    subscribed(archive, "SUB-1", "anna", state="cancelled", changed_at_ms=1)
    period = {
        "subscription_id": "SUB-1", "number": 1, "starts_at_ms": 1, "ends_at_ms": 2, "due_at_ms": 1, "zone": "UTC",
        "amount_minor": 1000, "currency": "EUR", "state": "in_flight", "attempt": 1, "changed_at_ms": 1,
    }  # fmt: skip
    attempt = {
        "subscription_id": "SUB-1", "number": 1, "attempt": 1, "order_id": "SUB-1.1", "payment_id": "p",
        "account": "default", "amount_minor": 1000, "currency": "EUR", "country": "LT", "made_at_ms": 1,
    }  # fmt: skip
    with archive.writing() as connection:
        connection.execute(PERIODS.insert().values(period))
        connection.execute(ATTEMPTS.insert().values(attempt))
    assert [each.code for each in erasure(ledger, archive, tmp_path).obstacles()] == ["erase_order_open"]


def test_what_could_not_be_read_and_names_them_goes_too(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """Only what names them: others' stay."""
    aside = {"reader": "archive", "reason": "of a later version", "since_ms": 0}
    with archive.writing() as connection:
        for position, customer in (("1-1", "anna"), ("1-2", "anna_2"), ("1-3", "ann%")):
            body = f'{{"customer":"{customer}"}}'
            connection.execute(UNREAD_EVENTS.insert().values({**aside, "position": position, "body": body}))
    erasure(ledger, archive, tmp_path).erase()
    with archive.reading() as connection:
        assert list(connection.scalars(select(UNREAD_EVENTS.c.position).order_by(UNREAD_EVENTS.c.position))) == [
            "1-2", "1-3",
        ]  # fmt: skip


def test_what_an_endpoint_was_not_told_of_them_goes_too(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """What waits, and what was given up; that it was told, and others' events, stay."""
    archived(ledger, archive, *told("ANNA-1", "anna", 1_700_000_000_000, "approved"))
    row = {"endpoint": "shop", "type": "payment.approved", "tries": 0, "since_ms": 0}
    rows = [
        ("1", "ANNA-1", "waiting"),
        ("2", "ANNA-1", "failed"),
        ("3", "BEN-1", "waiting"),
        ("4", "ANNA-1", "delivered"),
    ]
    with archive.writing() as connection:
        for event_id, subject, state in rows:
            body = "" if state == "delivered" else "{}"
            given = {"event_id": event_id, "seq": int(event_id), "subject": subject, "body": body, "state": state}
            connection.execute(DELIVERIES.insert().values({**row, **given}))
    erasure(ledger, archive, tmp_path).erase()
    with archive.reading() as connection:
        assert list(connection.scalars(select(DELIVERIES.c.event_id).order_by(DELIVERIES.c.seq))) == ["3", "4"]


def test_a_customer_who_has_a_pseudonym_by_now_is_found(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """By the same key."""
    archived(ledger, archive, *told("ANNA-1", "anna", 1_700_000_000_000, "approved"))
    with archive.writing() as connection:
        connection.execute(update(ORDERS).values(customer=pseudonyms(tmp_path).of("anna")))
    subject = erasure(ledger, archive, tmp_path)
    assert subject.left().places["archive.orders"] == 1
    subject.erase()
    assert rows(archive, ORDERS)["ANNA-1"]["customer"] is None


def test_an_export_has_all_of_them_and_nobody_else(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """Orders, their events, subscriptions, notices, rows of the ledger, and what risk rules found; no sealed card."""
    paid(ledger, archive, "ANNA-1")
    paid(ledger, archive, "BEN-1", "ben")
    subscribed(archive, "SUB-1", "anna", state="active", changed_at_ms=1)
    ledger.read("HSET", "pay:risk:order:ANNA-1", "kept", '{"verdict":"review"}', "review", "approved")
    person = person_of(archive, ["anna"])
    found = [json.loads(msgspec.json.encode(record)) for record in records_of(archive, ledger, person)]
    assert sorted(each["held_in"] for each in found) == [
        "events", "events", "ledger", "notices", "order_attempts", "orders", "risk", "subscriptions",
    ]  # fmt: skip
    assert {each.get("order_id", "ANNA-1") for each in found} == {"ANNA-1"}
    assert next(each for each in found if each["held_in"] == "risk")["found"] == {"verdict": "review"}
    assert "sealed" not in json.dumps(found) and "ben" not in json.dumps(found)


def test_what_follows_from_an_order_is_the_customers_too(ledger: SyncLedger, archive: Archive, tmp_path: Path) -> None:
    """The order that goes on for it, what is given back of it, and the orders of a subscription, which name nobody."""
    archived(ledger, archive, *told("ANNA-1", "anna", 1_700_000_000_000, "approved"))
    for name in ("NEXT-1", "BACK-1", "SUB-ORDER", "OTHER"):
        archived(ledger, archive, *told(name, None, 1_700_000_000_000, "approved"))
    subscribed(archive, "SUB-1", "anna", state="cancelled", changed_at_ms=1)
    with archive.writing() as connection:
        for name, more in {
            "NEXT-1": {"root": "ANNA-1"}, "BACK-1": {"parent_id": payment_of("ANNA-1")},
            "SUB-ORDER": {"subscription_id": "SUB-1"},
        }.items():  # fmt: skip
            connection.execute(update(ORDERS).where(ORDERS.c.order_id == name).values(more))
    subject = erasure(ledger, archive, tmp_path)
    assert person_of(archive, ["anna"]).orders == {"ANNA-1", "NEXT-1", "BACK-1", "SUB-ORDER"}
    subject.erase()
    told_still = {name: row["body"] is not None for name, row in rows(archive, EVENTS).items()}
    assert {name for name, there in told_still.items() if there} == {"OTHER:accepted", "OTHER:approved"}
    assert rows(archive, NOTICES) == {} and rows(archive, SUBSCRIPTIONS)["SUB-1"]["description"] is None
