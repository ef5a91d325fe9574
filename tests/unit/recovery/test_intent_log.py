"""The log of intents: every line is there or is known to be missing."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from producers.errors import LedgerUnavailable
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


def _full(fd: int, data: bytes) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_stops_nothing_and_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lines are lost. That is known at once, for the worker may die before its disk takes a line again; and the
    operator hears of it once.
    """
    told: list[str] = []
    log = _log(tmp_path, told=told)
    log.write(_record("ORD-1"), 1, 100)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", _full)
        log.write(_record("ORD-2"), 2, 200)
        log.write(_record("ORD-3"), 3, 300)
    assert told == ["state_dir_failing"]
    assert _lost(tmp_path) == (1, 2)
    log.write(_record("ORD-4"), 4, 400)
    assert _lost(tmp_path) == (2, 2)


def test_lines_are_missed_where_no_further_file_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is full, and the disk has no room for the next one: the one that is there says what is missing."""
    monkeypatch.setattr(intent_log, "SEGMENT_BYTES", 120)
    log = _log(tmp_path)
    log.write(_record("ORD-1"), 1, 100)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", _full)
        log.write(_record("ORD-2"), 2, 200)
    log.write(_record("ORD-3"), 3, 300)
    log.write(_record("ORD-4"), 4, 400)
    assert len(logs_in(tmp_path / FOLDER)) == 3
    assert _lost(tmp_path) == (3, 1)


def test_a_worker_begins_only_where_it_can_be_known_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any file nobody would ever doubt that all lines are there."""
    monkeypatch.setattr(os, "write", _full)
    with pytest.raises(LedgerUnavailable, match="No space left"):
        _log(tmp_path)


def _lost(state_dir: Path) -> tuple[int, int]:
    """Lines that are there, and lines that are known to be missing."""
    with SentBook([state_dir / FOLDER]) as book:
        assert not book.reach.torn
        return book.reach.intents, book.reach.unwritten


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


def test_nobody_makes_room_of_what_another_writes_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has little to do has the oldest file. What it promises next is in the log all the same, and once it
    has ended its file makes room as any.
    """
    monkeypatch.setattr(intent_log, "SEGMENT_BYTES", 1000)
    idle, busy = _log(tmp_path, "idle", room_bytes=3000), _log(tmp_path, "busy", room_bytes=3000)
    idle.write(_record("ORD-1"), 1, 10)
    for number in range(2, 100):
        busy.write(_record(f"ORD-{number}"), number, number * 10)
    idle.write(_record("ORD-100"), 100, 1000)
    with SentBook([tmp_path / FOLDER]) as book:
        assert book.of("ORD-1") is not None and book.of("ORD-100") is not None
    idle.close()
    for number in range(101, 200):
        busy.write(_record(f"ORD-{number}"), number, number * 10)
    with SentBook([tmp_path / FOLDER]) as book:
        assert book.of("ORD-100") is None and book.of("ORD-199") is not None


def test_of_two_hosts_in_one_folder_the_later_removal_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs that are brought from two hosts into one folder say no less than each did."""
    monkeypatch.setattr(intent_log, "SEGMENT_BYTES", 1000)
    for host, at_ms in (("a", 1000), ("b", 1)):
        log = _log(tmp_path / host, host, room_bytes=2000)
        for number in range(1, 51):
            log.write(_record(f"ORD-{host}{number}"), number, number * at_ms)
        shutil.copytree(tmp_path / host / FOLDER, tmp_path / "both", dirs_exist_ok=True)
    assert removed_up_to_ms(tmp_path / "both") == removed_up_to_ms(tmp_path / "a" / FOLDER) > 1000


def test_no_card_is_in_it(tmp_path: Path) -> None:
    """Of a card the log has its last four digits, and nothing of the envelope."""
    record = Record("ORD-1", {**_record("ORD-1").fields, "last4": b"1111", "envelope": b"sealed-card"})
    _log(tmp_path).write(record, 1, 100)
    (path,) = logs_in(tmp_path / FOLDER)
    assert b"sealed-card" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
