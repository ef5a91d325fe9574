"""The audit trail on a real Valkey: appended by many at once, read back whole, and missed when it is cut."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from producers.contract.audit import START, Entry, chained, verify
from producers.contract.keys import OpeningKeys
from producers.runtime.audit import heads
from producers.runtime.audit.configuration import record_configuration
from producers.runtime.audit.lockdown import record_lockdown
from producers.runtime.audit.reading import end, lines, newest
from producers.runtime.audit.trail import record
from producers.runtime.ledger import keys
from producers.runtime.ledger.audit_calls import append
from producers.runtime.ledger.epoch import Pin, pin_ledger, remember
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.settings import Settings
from producers.vault import generate_keys, load_opening_keys, load_producers
from tests.ledgers import EPOCH, open_ledger

WRITERS, LINES_EACH = 4, 25


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    return open_ledger(ledger_url)


@pytest.fixture
def raw(ledger_url: str) -> Iterator[redis.Redis]:
    """What somebody with the worker's password can do."""
    with redis.Redis.from_url(ledger_url) as client:
        yield client


def note(ledger: SyncLedger, state_dir: Path, subject: str = "nightly") -> Entry:
    entry = record(ledger, state_dir, "batch.pause", subject, {"reason": "night"})
    assert entry is not None
    return entry


def test_a_line_says_who_did_what_when(ledger: SyncLedger, tmp_path: Path) -> None:
    """It is read back as it was written, by the server's clock, and its end stands beside it and on this host."""
    entry = note(ledger, tmp_path)
    (line,) = newest(ledger.read, 10)
    assert line == entry.line
    assert (entry.seq, entry.action, entry.subject, entry.details) == (1, "batch.pause", "nightly", {"reason": "night"})
    assert "@" in entry.actor
    assert end(ledger.read) == entry.head
    assert list(heads.kept(tmp_path)) == [entry.head]


def test_many_at_once_make_one_chain(ledger_url: str, ledger: SyncLedger, tmp_path: Path) -> None:
    """Whoever lost the race chains the line anew: no line is lost, none stands beside another."""

    def write(writer: int) -> None:
        mine = open_ledger(ledger_url)
        for number in range(LINES_EACH):
            note(mine, tmp_path, f"{writer}-{number}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = verify(lines(ledger.read), heads.kept(tmp_path))
    assert (verdict.lines, verdict.findings) == (WRITERS * LINES_EACH, ())


def test_a_lost_reply_writes_no_second_line(ledger: SyncLedger, raw: redis.Redis, tmp_path: Path) -> None:
    """The same append again finds its own line at the end."""
    entry = chained(START, at_ms=1, actor="a@b", action="batch.pause", subject="nightly", details={})
    assert [ledger.run(append(entry, START)) for _ in range(2)] == [True, True]
    assert raw.xlen(keys.AUDIT) == 1


def test_a_full_redis_takes_a_line(ledger: SyncLedger, raw: redis.Redis, tmp_path: Path) -> None:
    """An operator who makes room must be able to act."""
    before = raw.config_get("maxmemory")["maxmemory"] or ""
    raw.config_set("maxmemory", 1)
    try:
        assert note(ledger, tmp_path).seq == 1
    finally:
        raw.config_set("maxmemory", before)


def test_a_line_that_was_deleted_is_missed(ledger: SyncLedger, raw: redis.Redis, tmp_path: Path) -> None:
    """In the middle by the next one, at the end by what stands beside, and both by this host."""
    for number in range(4):
        note(ledger, tmp_path, f"{number}")
    stream: Any = raw.xrange(keys.AUDIT)
    ids = [entry_id for entry_id, _ in stream]
    raw.xdel(keys.AUDIT, ids[1])
    assert [found.code for found in verify(lines(ledger.read)).findings] == ["line_missing"]
    raw.xdel(keys.AUDIT, ids[3])
    known = end(ledger.read)
    assert known is not None
    assert [found.code for found in verify(lines(ledger.read), [known]).findings] == ["line_missing", "end_missing"]


def test_a_trail_written_anew_is_not_the_one_this_host_knows(
    ledger: SyncLedger, raw: redis.Redis, tmp_path: Path
) -> None:
    """Whoever holds the password can make a chain that agrees with itself; the host's own file tells."""
    for number in range(3):
        note(ledger, tmp_path / "mine", f"{number}")
    raw.delete(keys.AUDIT, keys.AUDIT_HEAD)
    for number in range(4):
        note(ledger, tmp_path / "forger", f"quiet-{number}")
    assert not verify(lines(ledger.read)).findings
    codes = [found.code for found in verify(lines(ledger.read), heads.kept(tmp_path / "mine")).findings]
    assert codes == ["line_replaced"] * 3


def test_a_host_that_cannot_keep_the_end_acts_all_the_same(ledger: SyncLedger, tmp_path: Path) -> None:
    """The line is written; a full disk must not stop an operator."""
    (tmp_path / "file").write_text("")
    assert note(ledger, tmp_path / "file").seq == 1


def test_a_change_of_settings_or_keys_is_told_once(ledger: SyncLedger, tmp_path: Path) -> None:
    """The first start tells a hash, the next ones nothing, a changed one what it was and is: no secret among it."""
    files = generate_keys(tmp_path / "keys", producer="shop")
    opening, producers = load_opening_keys(files.seal_private), load_producers(files.producers)
    vault = OpeningKeys(())
    settings = Settings.from_environ(
        {"STATE_DIR": str(tmp_path), "CARDINITY_CONSUMER_SECRET": "s3cret-s3cret", "HOME": "/"}
    )
    record_configuration(ledger, settings, opening, vault, producers)
    record_configuration(ledger, settings, opening, vault, producers)
    record_configuration(ledger, replace(settings, claims_max=9), opening, vault, producers)
    other = generate_keys(tmp_path / "other", producer="shop")
    others = load_opening_keys(other.seal_private)
    record_configuration(ledger, replace(settings, claims_max=9), others, vault, producers)
    told = [json.loads(line) for line in lines(ledger.read)]
    assert [line["details"].get("CLAIMS_MAX") for line in told] == [None, "5 -> 9", None]
    kids = " ".join(opening.kids), " ".join(others.kids)
    assert told[2]["details"]["sealing keys"] == " -> ".join(kids)
    assert b"s3cret" not in b"".join(lines(ledger.read))


def test_a_ledger_that_nobody_has_founded_stays_one(raw: redis.Redis, tmp_path: Path) -> None:
    """What is written into it is the trail alone: the first worker can still found it."""
    ledger = SyncLedger(raw, "")
    entry = note(ledger, tmp_path)
    assert ledger.run(append(entry, START)) is True
    raw.delete(keys.AUDIT_SEEN)
    assert set(raw.keys()) == {keys.AUDIT.encode(), keys.AUDIT_HEAD.encode()}
    assert pin_ledger(raw, tmp_path).sequence == 0


def test_a_lockdown_is_told_once_by_the_ledger_that_answered(ledger_url: str, raw: redis.Redis, tmp_path: Path) -> None:
    """A flushed ledger begins its trail with what this host remembers of the one that is gone."""
    last = note(open_ledger(ledger_url), tmp_path)
    remember(tmp_path, Pin(EPOCH, 7))
    raw.flushdb()
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path), "REDIS_LEDGER_URL": ledger_url, "HOME": "/"})
    record_lockdown(settings)
    record_lockdown(settings)
    (line,) = map(json.loads, lines(SyncLedger(raw, "").read))
    assert (line["action"], line["subject"], line["details"]["pinned"]) == ("ledger.lockdown", "none", EPOCH)
    assert line["details"]["trail_ended"] == f"{last.seq} {last.head.hash}"
