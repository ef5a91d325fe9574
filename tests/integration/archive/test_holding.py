"""Readers of the event stream: who holds it, and what happens to it once one is let go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from producers.moments import rfc3339
from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import WEBHOOKS, move
from producers.runtime.ledger import keys
from producers.runtime.ledger.calls import lead
from producers.runtime.ledger.clock import read_now_ms
from producers.runtime.ledger.epoch import Pin, remember
from producers.runtime.ledger.executors import SyncLedger
from tests.archives import archive_settings
from tests.ledgers import EPOCH, accept, tell
from workers.cli import main
from workers.cli.checkup import of_readers
from workers.cli.checkup.readers import LATE_S
from workers.events.archive.archiver import Archiver, Trimming
from workers.events.archive.book import EventBook
from workers.events.archive.holding import holders
from workers.events.archive.service import READER
from workers.events.archive.stream import LedgerStream
from workers.events.webhooks.pruning import DUTY


def test_who_reads_no_more_is_found_and_let_go(
    archive: Archive, ledger: SyncLedger, tmp_path: Path, ledger_url: str, archive_url: str
) -> None:
    """A group that took an entry and never came back, and renewals that have ended, hold what is old. Without them it
    goes; the archive itself cannot be let go.
    """
    for number in range(300):
        accept(ledger, f"ORD-{number}")
    tell(ledger)
    first, tenth = (ledger.read("XRANGE", keys.EVENTS, "-", "+", "COUNT", 10)[at][0].decode() for at in (0, 9))
    ledger.read("XGROUP", "CREATE", keys.EVENTS, "mine", "0")
    ledger.read("XREADGROUP", "GROUP", "mine", "me", "COUNT", 1, "STREAMS", keys.EVENTS, ">")
    with archive.writing() as connection:
        move(connection, "renewals", "0", tenth, 1)
    remember(tmp_path, Pin(EPOCH))
    _trimmed(archive, ledger)
    assert ledger.read("XLEN", keys.EVENTS) == 300
    since = {each.name: each.waiting_since_ms for each in holders(ledger, archive)}
    assert list(since) == ["mine", "renewals", READER]
    assert since["mine"] == int(first.partition("-")[0]) and since[READER] == 0

    env = {"STATE_DIR": str(tmp_path), "REDIS_LEDGER_URL": ledger_url, "ARCHIVE_URL": archive_url, "HOME": "/"}
    assert _run(env, "readers")[0]["reader"] == "mine"
    for name in ("mine", "renewals"):
        assert _run(env, "forget", name) == [{"reader": name, "done": True}]
    for name in (READER, "nobody"):
        assert _run(env, "forget", name)[0]["error"] == "reader_unknown"
    _trimmed(archive, ledger)
    assert [each.name for each in holders(ledger, archive)] == [READER]
    assert ledger.read("XLEN", keys.EVENTS) < 300


def test_doctor_names_who_holds_the_stream(
    archive: Archive, ledger: SyncLedger, tmp_path: Path, ledger_url: str, archive_url: str
) -> None:
    """By name, since when, and how it is let go; who is only behind is left alone."""
    settings = archive_settings(tmp_path, archive_url, REDIS_LEDGER_URL=ledger_url)
    old_ms = read_now_ms(ledger) - int((settings.events_kept_s + 2 * LATE_S) * 1000)
    for at_ms in (old_ms, read_now_ms(ledger)):
        ledger.read("XADD", keys.EVENTS, f"{at_ms}-0", "id", "x", "event", "{}")
    ledger.read("XGROUP", "CREATE", keys.EVENTS, "mine", f"{old_ms}-0")
    assert [each.verdict for each in of_readers(settings)] == ["ok"]
    with archive.writing() as connection:
        move(connection, "renewals", "0", f"{old_ms - 1}-0", 1)
    (found,) = of_readers(settings)
    assert (found.verdict, "renewals" in found.message, rfc3339(old_ms) in found.message) == ("wrong", True, True)
    assert "cardinity archive forget renewals" in found.mend


def test_webhooks_that_are_posted_are_not_forgotten(
    archive: Archive, ledger: SyncLedger, tmp_path: Path, ledger_url: str, archive_url: str
) -> None:
    """Their reader would begin anew, and tell merchants everything again. With the process goes its lease."""
    accept(ledger, "ORD-1")
    tell(ledger)
    with archive.writing() as connection:
        move(connection, WEBHOOKS, "0", "1-1", 1)
    remember(tmp_path, Pin(EPOCH))
    env = {"STATE_DIR": str(tmp_path), "REDIS_LEDGER_URL": ledger_url, "ARCHIVE_URL": archive_url, "HOME": "/"}
    for duty in (WEBHOOKS, DUTY):
        ledger.run(lead(duty, "a-token", 60_000))
        assert _run(env, "forget", WEBHOOKS)[0]["error"] == "webhooks_running"
        ledger.run(lead(duty, "a-token", 0))
    assert _run(env, "forget", WEBHOOKS)[0]["done"] is True
    assert WEBHOOKS not in [each.name for each in holders(ledger, archive)]


def _trimmed(archive: Archive, ledger: SyncLedger) -> None:
    """The archive reads what there is, and trims what may go. No entry is kept for its age."""
    trimming = Trimming(-60.0, ("renewals",))
    Archiver(READER, ledger, archive, LedgerStream(ledger), EventBook(READER), trimming=trimming).catch_up()


def _run(env: dict[str, str], *words: str) -> list[dict[str, Any]]:
    ran = CliRunner().invoke(main, ["archive", *words, "--json"], env=env)
    return [json.loads(line) for line in ran.stdout.splitlines()]
