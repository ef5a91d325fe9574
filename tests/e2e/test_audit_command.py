"""What operators do by the command line is listed, checked and exported by it."""

from __future__ import annotations

import json
from pathlib import Path

import redis

from producers.runtime.ledger import keys
from tests.e2e.conftest import System
from tests.eventually import eventually


def test_what_an_operator_did_is_listed_checked_and_exported(system: System, tmp_path: Path) -> None:
    """An attempt is written down, the export is checked anywhere, and one changed letter in it is found."""
    _worker_has_started(system)
    assert [system.run("cancel", "NOBODYS-1", *more).code for more in (("--dry-run",), ())] == [66, 66]
    (newest,) = system.run("audit", "list", "--limit", "1", "--json").records
    assert (newest["action"], newest["subject"]) == ("order.cancel", "NOBODYS-1")
    assert "order.cancel NOBODYS-1" in system.run("audit", "list").out
    checked = system.run("audit", "verify", "--json")
    assert (checked.code, checked.records[-1]["hash"]) == (0, newest["hash"])
    copy = tmp_path / "audit.jsonl"
    assert system.run("audit", "export", "--json", str(copy)).records[0]["hash"] == newest["hash"]
    assert system.run("audit", "verify", "--file", str(copy)).code == 0
    assert system.run("audit", "export", str(copy)).code == 73
    copy.write_text(copy.read_text().replace("NOBODYS-1", "NOBODYS-2"))
    found = system.run("audit", "verify", "--json", "--file", str(copy))
    assert (found.code, found.records[0]["finding"], found.records[-1]["error"]) == (65, "line_changed", "audit_broken")


def test_a_worker_that_starts_has_told_its_settings(system: System) -> None:
    """One line for all processes of the system, and no secret in it."""
    _worker_has_started(system)
    every = system.run("audit", "list", "--limit", "1000", "--json").records  # of what other tests did on it too
    told = [line for line in every if line["action"] == "settings.change"]
    assert len(told) == 1
    with redis.Redis.from_url(system.stage.env["REDIS_LEDGER_URL"]) as ledger:
        remembered = json.loads(ledger.hget(keys.AUDIT_SEEN, "configuration") or b"{}")
    assert remembered["CARDINITY_CONSUMER_SECRET"] in ("given", "None")
    assert system.stage.env["REDIS_LEDGER_URL"] not in json.dumps(remembered)


def _worker_has_started(system: System) -> None:
    """Its line is there, so none comes in between."""
    with redis.Redis.from_url(system.stage.env["REDIS_LEDGER_URL"]) as ledger:
        eventually(lambda: ledger.hexists(keys.AUDIT_SEEN, "configuration"), "a worker writes what it was told")
