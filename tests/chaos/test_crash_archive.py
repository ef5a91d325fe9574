"""Archives that are killed at each of their steps, under load: at the end every row is as a recount has it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from producers.contract.events import Event
from producers.runtime.audit.trail import record
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from tests.archives import archive_settings, upgraded
from tests.archiving import rows, tell, wrong
from tests.chaos.archivist import PACE, STEPS, steps_of
from tests.eventually import eventually
from tests.happenings import stream
from tests.ledgers import EPOCH, open_ledger
from workers.events.archive.archiver import Archiver, Trimming
from workers.events.archive.book import EventBook
from workers.events.archive.service import FURTHER, further_archiver
from workers.events.archive.stream import LedgerStream
from workers.events.archive.tables import NOTIFICATIONS, OPERATOR_ACTIONS

#: How often each step is died at, of the events and of streams whose entries are rows.
ROUNDS, LINES_ROUNDS = 2, 1
#: Wishes that are told at once; and how far the archives may be behind before they are told more.
TOLD, BEHIND_MAX = 20, 2_000


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_archives_die_at_every_step(tmp_path: Path, archive_url: str, ledger_url: str) -> None:
    """Nothing is missing and nothing doubled, and only what was written is gone from the stream."""
    settings, ledger = archive_settings(tmp_path, archive_url), open_ledger(ledger_url)
    with upgraded(settings) as archive, redis.Redis.from_url(ledger_url, protocol=2) as client:
        command = [sys.executable, "-m", "tests.chaos.archivist", str(tmp_path), archive_url, ledger_url, EPOCH]
        with subprocess.Popen([*command, "archive", "1", str(ROUNDS)], stdout=subprocess.PIPE) as archives:
            try:
                events = _load(archives, client)
            finally:
                archives.kill()  # of one that has ended, nothing
            assert archives.stdout is not None
            *said, died_at = archives.stdout.read().splitlines()
        died = json.loads(died_at)
        assert (archives.returncode, said) == (0, [])
        assert min(died[step] for step in STEPS) >= ROUNDS
        last = Archiver(
            "archive", ledger, archive, LedgerStream(ledger), EventBook("archive"), trimming=Trimming(0), pace=PACE
        )
        eventually(lambda: last.step(wait_ms=1) is not None, "the lease of the last is over", within_s=60)
        last.catch_up()
        assert _lag(client) == 0
        assert wrong(archive, events) == []
        assert client.xlen(keys.EVENTS) < len(events)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("reader", FURTHER)
def test_archives_of_lines_die_at_every_step(tmp_path: Path, archive_url: str, ledger_url: str, reader: str) -> None:
    """Every line and every notification is there once."""
    settings, ledger = archive_settings(tmp_path, archive_url), open_ledger(ledger_url)
    with upgraded(settings) as archive:
        command = [sys.executable, "-m", "tests.chaos.archivist", str(tmp_path), archive_url, ledger_url, EPOCH, reader]
        with subprocess.Popen([*command, "2", str(LINES_ROUNDS)], stdout=subprocess.PIPE) as archives:
            try:
                told = 0
                while archives.poll() is None:
                    _tell_lines(ledger, tmp_path, reader, told)
                    told += TOLD
            finally:
                archives.kill()
            assert archives.stdout is not None
            died = json.loads(archives.stdout.read())
        assert archives.returncode == 0
        assert min(died[step] for step in steps_of(reader)) >= LINES_ROUNDS
        last = further_archiver(reader, ledger, archive)
        eventually(lambda: last.step(wait_ms=1) is not None, "the lease of the last is over", within_s=60)
        last.catch_up()
        table, name = (OPERATOR_ACTIONS, "subject") if reader == "audit" else (NOTIFICATIONS, "type")
        found = sorted(row[name] for row in rows(archive, table).values())
        assert found == sorted(f"n{number}" for number in range(told))


def _tell_lines(ledger: SyncLedger, directory: Path, reader: str, begin: int) -> None:
    for number in range(begin, begin + TOLD):
        if reader == "audit":
            record(ledger, directory, "batch.pause", f"n{number}", {})
        else:
            given = ("id", str(number), "door", "json", "type", f"n{number}", "payment_id", "", "result", "hinted")
            ledger.read("XADD", keys.NOTIFICATIONS, "*", *given)


def _load(archives: subprocess.Popen[bytes], client: redis.Redis) -> list[Event]:
    """Tell of more and more wishes while archives live and die; all that was told."""
    told: list[Event] = []
    number = 0
    while archives.poll() is None:
        if len(told) == 0 or _lag(client) < BEHIND_MAX:
            events = list(stream(random.Random(number), TOLD, prefix=f"ORD-{number}"))
            tell(client, events)
            told, number = told + events, number + 1
        with suppress(subprocess.TimeoutExpired):
            archives.wait(timeout=0.05)
    return told


def _lag(client: redis.Redis) -> int:
    """Nobody knows while archives race; whoever comes to the end of the stream counts again."""
    groups = client.xinfo_groups(keys.EVENTS)
    lag = groups[0]["lag"] if groups else 0
    return BEHIND_MAX if lag is None else int(lag)
