"""A trail that was lost with its ledger: the archive explains it, on both databases, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner
from sqlalchemy import select, update

from producers.runtime.archive.database import Archive
from producers.runtime.audit.lockdown import record_lockdown
from producers.runtime.audit.trail import record
from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import Pin, remember
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.settings import Settings
from tests.archives import upgraded
from tests.ledgers import EPOCH, open_ledger
from workers.cli import main
from workers.events.archive.service import further_archiver
from workers.events.archive.tables import OPERATOR_ACTIONS


@pytest.fixture
def env(tmp_path: Path, archive_url: str, ledger_url: str) -> dict[str, str]:
    return {"STATE_DIR": str(tmp_path), "REDIS_LEDGER_URL": ledger_url, "ARCHIVE_URL": archive_url, "HOME": "/"}


def run(env: Mapping[str, str], *words: str) -> tuple[int, list[dict[str, Any]]]:
    """A command's exit code, and what it said."""
    ran = CliRunner().invoke(main, [*words, "--json"], env=dict(env))
    return ran.exit_code, [json.loads(line) for line in ran.stdout.splitlines()]


def lose(env: Mapping[str, str], archive: Archive, ledger: SyncLedger, *, archived: int) -> None:
    """Three lines, of which the archive has so many; then the ledger is emptied, locks down, and is rebuilt."""
    state_dir = Path(env["STATE_DIR"])
    remember(state_dir, Pin(EPOCH, 7))
    for number in range(3):
        record(ledger, state_dir, "batch.pause", f"{number}", {})
        if number + 1 == archived:
            further_archiver("audit", ledger, archive).catch_up()
    with redis.Redis.from_url(env["REDIS_LEDGER_URL"]) as client:
        client.flushdb()
    record_lockdown(Settings.from_environ(dict(env)))
    code, said = run(env, "recover", "run", "--all-hosts", "--without-gateway")
    assert (code, said[-1]["rebuilt"]) == (0, True)


def test_a_loss_that_the_archive_knows_is_explained(env: dict[str, str], ledger_url: str) -> None:
    """`verify` says what was lost and where it is; the rebuilding is the line that ends the lockdown."""
    with upgraded(Settings.from_environ(env)) as archive:
        lose(env, archive, open_ledger(ledger_url), archived=3)
        code, said = run(env, "audit", "verify")
        assert (code, said[-1]["findings"]) == (0, 0)
        assert said[0] == {"lost_with_its_ledger": 3, "told_by": 1, "archived": 3}
        told = [line["action"] for line in run(env, "audit", "list")[1]]
        assert told == ["ledger.recover", "ledger.lockdown"]


@pytest.mark.parametrize("archived", [0, 2])
def test_a_loss_that_the_archive_does_not_know_stays_a_finding(
    env: dict[str, str], ledger_url: str, archived: int
) -> None:
    """Lines that nobody can show are lost, whatever a line says about them."""
    with upgraded(Settings.from_environ(env)) as archive:
        lose(env, archive, open_ledger(ledger_url), archived=archived)
        code, said = run(env, "audit", "verify")
        assert (code, next(line["finding"] for line in said if "finding" in line)) == (65, "trail_lost")


def test_a_line_that_was_changed_in_the_archive_explains_nothing(env: dict[str, str], ledger_url: str) -> None:
    """Its hash is not that of the line any more."""
    with upgraded(Settings.from_environ(env)) as archive:
        lose(env, archive, open_ledger(ledger_url), archived=3)
        with archive.writing() as connection:
            second = OPERATOR_ACTIONS.c.seq == 2
            line = connection.scalars(select(OPERATOR_ACTIONS.c.line).where(second)).one()
            changed = line.replace('"subject":"1"', '"subject":"9"')
            connection.execute(update(OPERATOR_ACTIONS).where(second).values(line=changed))
        assert run(env, "audit", "verify")[0] == 65


def test_lines_cut_off_after_a_loss_are_missed_all_the_same(env: dict[str, str], ledger_url: str) -> None:
    """The present trail is held against its own ends as ever."""
    with upgraded(Settings.from_environ(env)) as archive:
        lose(env, archive, open_ledger(ledger_url), archived=3)
        with redis.Redis.from_url(ledger_url) as client:
            client.xdel(keys.AUDIT, client.xrevrange(keys.AUDIT, count=1)[0][0])
        assert run(env, "audit", "verify")[0] == 65
