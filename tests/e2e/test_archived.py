"""An order that has left the ledger, as the command line and other languages meet it."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from producers import Enqueuer
from producers.runtime.ledger import keys, retire_calls
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.record import record_from
from tests.e2e.conftest import System
from tests.e2e.test_batches import batch


def left(system: System, *order_ids: str) -> None:
    """They have ended, and leave."""
    with redis.Redis.from_url(system.stage.settings.redis_ledger_url.reveal(), protocol=2) as client:
        ledger = SyncLedger(client, client.get(keys.EPOCH).decode())
        for order_id in order_ids:
            record = record_from(order_id, ledger.read("HGETALL", keys.order(order_id)))
            assert ledger.run(retire_calls.retire(record, kept_ms=0)) == "retired"


@pytest.fixture
def rows(system: System, tmp_path: Path) -> tuple[str, list[str]]:
    """A batch of three whose first order has left."""
    path = batch(tmp_path, "LEFT", 3)
    assert system.run("batch", "submit", str(path)).code == 0
    assert system.run("batch", "watch", str(path)).code == 0
    *rows, _ = system.run("batch", "report", "--json", str(path)).records
    with Enqueuer(system.stage.settings) as enqueuer:
        if not enqueuer.get(rows[0]["order_id"]).archived:
            left(system, rows[0]["order_id"])
    return str(path), [row["order_id"] for row in rows]


def test_its_story_is_in_the_archive(system: System, rows: tuple[str, list[str]]) -> None:
    """`explain` tells how it ended, for programs and for people."""
    _, (order_id, *_) = rows
    step, order = system.run("explain", "--json", order_id).records
    assert (step["kind"], order["state"], order["order_id"]) == ("approved", "approved", order_id)
    told = system.run("explain", order_id)
    assert (told.code, told.err) == (0, "")
    assert "what led there is in the archive" in " ".join(told.out.split())


def test_its_batch_reports_it(system: System, rows: tuple[str, list[str]]) -> None:
    """With its payment, beside those that are still here; submitted again it accepts nothing."""
    path, (order_id, *_) = rows
    *reported, summary = system.run("batch", "report", "--json", path).records
    assert summary == {"rows": 3, "states": {"approved": 3}}
    assert reported[0]["order_id"] == order_id and reported[0]["payment_id"]
    again = system.run("batch", "submit", "--json", path).records[0]
    assert (again["accepted"], again["known_before"]) == (0, 3)


def test_calling_it_back_tells_how_it_ended(system: System, rows: tuple[str, list[str]]) -> None:
    """`cancel` leaves it alone, and its record says where the rest is."""
    _, (order_id, *_) = rows
    (record,) = system.run("cancel", "--json", order_id).records
    assert (record["state"], record["archived"], record["created_at"]) == ("approved", True, None)
