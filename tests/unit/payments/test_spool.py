"""The spool: outcomes that wait on disk for Redis to come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.runtime.ledger.call import Call
from producers.runtime.ledger.calls import Moved, NotYours, settle
from workers.payments.spool import Spool


def outcome(order_id: str) -> Call[Moved | NotYours]:
    return settle(
        order_id,
        "t" * 32,
        allowed=("sending", "unknown"),
        to="approved",
        event_id=f"{order_id}:approved",
        event=b'{"a":1}',
        detail="approved",
        fields={"payment_id": "p1", "http_status": 201},
    )


def taken(spool: Spool) -> list[tuple[object, ...]]:
    with spool.taken() as calls:
        return [call.args for call in calls]


def test_a_call_comes_back_as_it_was(tmp_path: Path) -> None:
    """Texts, numbers and bytes are what they were, for this worker and for the one after it."""
    Spool(tmp_path, "w1").append(outcome("ORD-1"))
    assert taken(Spool(tmp_path, "w2")) == [outcome("ORD-1").args]


def test_what_was_recorded_is_forgotten(tmp_path: Path) -> None:
    """After a block that ended well there is nothing left."""
    spool = Spool(tmp_path, "w1")
    spool.append(outcome("ORD-1"))
    taken(spool)
    assert taken(spool) == []


def test_what_could_not_be_recorded_stays(tmp_path: Path) -> None:
    """Redis is still away: the next try finds everything again."""
    spool = Spool(tmp_path, "w1")
    spool.append(outcome("ORD-1"))
    with pytest.raises(ZeroDivisionError), spool.taken():
        raise ZeroDivisionError
    assert len(taken(spool)) == 1


def test_one_worker_at_a_time_replays_a_file(tmp_path: Path) -> None:
    """Another finds it locked and passes on."""
    first, second = Spool(tmp_path, "w1"), Spool(tmp_path, "w2")
    first.append(outcome("ORD-1"))
    with first.taken() as calls:
        assert taken(second) == []
    assert len(calls) == 1


def test_a_line_cut_short_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    """The lines before it count; the resolver has that order."""
    spool = Spool(tmp_path, "w1")
    spool.append(outcome("ORD-1"))
    with (tmp_path / "spool" / "w1.jsonl").open("ab") as file:
        file.write(b'{"args":["ORD-2"')
    assert len(taken(spool)) == 1
