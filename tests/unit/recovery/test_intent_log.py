"""The log of intents: every line is there or is known to be missing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from producers.runtime.ledger.record import Record
from workers.payments import intent_log
from workers.payments.intent_log import FOLDER, IntentLog, entries_in, logs_in, removed_up_to_ms
from workers.recovery.sent import SentBook


def _record(order_id: str) -> Record:
    fields = {"ref": order_id, "amount_minor": "1000", "currency": "EUR", "account": "default", "lane": "second"}
    return Record(order_id, {name: value.encode() for name, value in fields.items()})


def _log(state_dir: Path, worker: str = "w1", *, room_bytes: int = 10**7, told: list[str] | None = None) -> IntentLog:
    return IntentLog(state_dir, worker, room_bytes=room_bytes, failed=(told if told is not None else []).append)


def test_the_latest_intent_of_an_order_counts(tmp_path: Path) -> None:
    """Two workers have promised the same order, one after the other, and a third order is another's."""
    first, second = _log(tmp_path, "w1"), _log(tmp_path, "w2")
    second.write(_record("ORD-1"), 7, 700)
    first.write(_record("ORD-1"), 5, 500)
    first.write(_record("ORD-2"), 6, 600)
    with SentBook([tmp_path / FOLDER]) as book:
        found = book.of("ORD-1")
        assert found is not None and (found.sequence, found.at_ms, found.lane) == (7, 700, "second")
        assert [each.order_id for each in book.all()] == ["ORD-1", "ORD-2"]
        assert book.of("ORD-3") is None
        assert (book.reach.intents, book.reach.last, book.reach.gaps, book.reach.whole) == (3, 7, 0, True)


def test_numbers_that_nobody_logged_are_counted(tmp_path: Path) -> None:
    """Of a host whose log is not here, only its numbers are missed."""
    log = _log(tmp_path)
    for sequence in (3, 4, 9):
        log.write(_record(f"ORD-{sequence}"), sequence, sequence)
    with SentBook([tmp_path / FOLDER]) as book:
        assert book.reach.gaps == 4


def test_a_line_that_was_cut_short_is_noticed(tmp_path: Path) -> None:
    """A power cut leaves half a line; what stands before it is read."""
    _log(tmp_path).write(_record("ORD-1"), 1, 100)
    (path,) = logs_in(tmp_path / FOLDER)
    with path.open("ab") as file:
        file.write(b'[2,200,"ORD-2"')
    with SentBook([tmp_path / FOLDER]) as book:
        assert (book.reach.intents, book.reach.torn, book.reach.whole) == (1, 1, False)


def test_a_full_disk_stops_nothing_and_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lines are lost; the next that can be written says so, and the operator heard of it once."""
    told: list[str] = []
    log = _log(tmp_path, told=told)
    log.write(_record("ORD-1"), 1, 100)

    def full(fd: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        log.write(_record("ORD-2"), 2, 200)
        log.write(_record("ORD-3"), 3, 300)
    log.write(_record("ORD-4"), 4, 400)
    with SentBook([tmp_path / FOLDER]) as book:
        assert (book.reach.intents, book.reach.unwritten, book.reach.whole) == (2, 2, False)
    assert told == ["state_dir_failing"]


def test_the_oldest_lines_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the log takes is bounded, and it is known up to when lines are gone."""
    monkeypatch.setattr(intent_log, "SEGMENT_BYTES", 1000)
    log = _log(tmp_path, room_bytes=4000)
    for number in range(1, 101):
        log.write(_record(f"ORD-{number}"), number, number * 10)
    folder = tmp_path / FOLDER
    kept = [entry for path in logs_in(folder) for entry in entries_in(path) if isinstance(entry, intent_log.Sent)]
    assert sum(path.stat().st_size for path in logs_in(folder)) <= 4000
    assert kept[-1].sequence == 100
    assert removed_up_to_ms(folder) == (kept[0].sequence - 1) * 10


def test_no_card_is_in_it(tmp_path: Path) -> None:
    """Of a card the log has its last four digits, and nothing of the envelope."""
    record = Record("ORD-1", {**_record("ORD-1").fields, "last4": b"1111", "envelope": b"sealed-card"})
    _log(tmp_path).write(record, 1, 100)
    (path,) = logs_in(tmp_path / FOLDER)
    assert b"sealed-card" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
