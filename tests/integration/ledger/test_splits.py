"""The ledger's scripts about payments in parts, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from producers.runtime.ledger import calls, keys, split_calls
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.results import Accepted, Exists
from producers.runtime.ledger.split_calls import Known, Made, PartTaken
from tests import ledgers

PARTS = ("S.1", "S.2", "S.3")
EVENT = "split/S/completed"


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[SyncLedger]:
    """An empty one."""
    yield ledgers.open_ledger(ledger_url)


def _accept(order_id: str) -> Call[Accepted | Exists]:
    fields: dict[str, Argument] = {
        "amount_minor": 1000,
        "currency": "EUR",
        "account": "default",
        "ref": order_id,
        "batch": "",
    }
    return calls.accept(order_id, fields, grace_ms=0)


def _split(made_of: bytes = b"{}") -> Call[Made | Known | PartTaken]:
    return split_calls.split("S", made_of, map(_accept, PARTS), grace_ms=0)


def _tell(ledger: SyncLedger, state: str = "approved", told: str = "completed") -> str:
    orders = [(part, state) for part in PARTS]
    return ledger.run(split_calls.tell("S", told, orders, event_id=f"split/S/{told}", event=b"{}"))


def _end(ledger: SyncLedger) -> None:
    ledgers.give_credits(ledger)
    for part in PARTS:
        ledgers.claim(ledger, order_id=part)
        ledgers.intend(ledger, order_id=part)
        ledgers.settle(ledger, "approved", order_id=part)


def test_all_of_its_orders_are_made_at_once(ledger: SyncLedger) -> None:
    """Each as if it had been accepted alone: told, due and counted."""
    made = ledger.run(_split())
    assert isinstance(made, Made)
    for part in PARTS:
        record = ledgers.read(ledger, part)
        assert (record.state, record.number("created_at"), record.ref) == ("accepted", made.at_ms, part)
    ledgers.tell(ledger)
    assert ledgers.event_ids(ledger) == [f"{part}:accepted" for part in PARTS]
    assert ledger.read("ZCARD", keys.DUE) == 3
    assert ledger.read("HGET", keys.STATS, "orders:accepted") == b"3"
    assert ledger.read("ZRANGE", keys.SPLITS, 0, -1) == [b"S"]


def test_nothing_is_made_where_an_order_has_the_name_of_a_part(ledger: SyncLedger) -> None:
    """Not the parts before it either."""
    ledgers.accept(ledger, "S.3")
    assert ledger.run(_split()) == PartTaken("S.3")
    assert [ledger.read("EXISTS", key) for key in (keys.order("S.1"), keys.split("S"), keys.SPLITS)] == [0, 0, 0]


def test_the_first_writer_owns_the_name(ledger: SyncLedger) -> None:
    """Said again, or otherwise, it changes nothing, and what is known is told."""
    made = ledger.run(_split(b"one"))
    assert isinstance(made, Made)
    assert ledger.run(_split(b"two")) == Known(b"one", made.at_ms)
    assert ledgers.tell(ledger) == 3


def test_an_end_is_told_once(ledger: SyncLedger) -> None:
    """Whoever comes second tells nothing, nor of another end."""
    ledger.run(_split())
    _end(ledger)
    assert [_tell(ledger), _tell(ledger), _tell(ledger, told="partial")] == ["told", "again", "again"]
    assert [name for name in ledgers.event_ids(ledger) if name.startswith("split/")] == [EVENT]
    assert (ledger.read("ZCARD", keys.SPLITS), ledger.read("HGET", keys.split("S"), "told")) == (0, b"completed")


def test_an_end_that_is_none_is_not_told(ledger: SyncLedger) -> None:
    """While its orders are not as the caller saw them, as behind a failover that lost the last of it."""
    ledger.run(_split())
    assert _tell(ledger) == "stale"
    assert (ledger.read("ZCARD", keys.SPLITS), ledger.read("HEXISTS", keys.split("S"), "told")) == (1, 0)


def test_what_has_ended_is_not_looked_at_again(ledger: SyncLedger) -> None:
    """A leader that saw it a moment ago puts it off; one that has been told of stays told of."""
    ledger.run(_split())
    ledger.run(split_calls.rest("S", delay_ms=60_000))
    assert ledger.read("ZRANGEBYSCORE", keys.SPLITS, "-inf", ledgers.read(ledger, "S.1").number("created_at")) == []
    _end(ledger)
    _tell(ledger)
    ledger.run(split_calls.rest("S", delay_ms=0))
    assert ledger.read("ZCARD", keys.SPLITS) == 0


def test_that_a_part_is_stuck_is_news_once(ledger: SyncLedger) -> None:
    """And again when it is another one."""
    ledger.run(_split())
    said = [(), ("S.1",), ("S.1",), ("S.1", "S.2"), (), ()]
    assert [ledger.run(split_calls.rest("S", delay_ms=0, stuck=stuck)) for stuck in said] == [
        False, True, False, True, False, False,
    ]  # fmt: skip
