"""`cardinity recover` as an operator runs it: what it says of each ledger, and which it does not touch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import pytest
import redis

from producers.contract.names import QUEUES
from producers.runtime.archive.database import FILE_NAME
from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import Pin, pin_ledger, remember, remembered
from producers.runtime.ledger.executors import SyncLedger
from tests.archives import archive_settings, upgraded
from tests.commands import Commands
from tests.stack import ROOT
from workers.recovery.diagnosis import diagnose

#: Exit codes.
DONE, CONFIG = 0, 78


class Operator:
    """Somebody at the command line of a host with its own state."""

    def __init__(self, commands: Commands, state_dir: Path, ledger_url: str) -> None:
        self._commands = commands
        self.state_dir = state_dir
        self.ledger_url = ledger_url
        self.client = redis.Redis.from_url(ledger_url, protocol=2)
        upgraded(archive_settings(state_dir, None)).close()

    def recover(self, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        """The exit code, and what was said as JSON lines on either stream."""
        return self.ask("recover", *arguments)

    def ask(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        """The same of any command."""
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "STATE_DIR": str(self.state_dir),
            "REDIS_LEDGER_URL": self.ledger_url,
        }
        ran = self._commands.run(*words, "--json", env=env, cwd=self.state_dir)
        return ran.code, ran.records


@pytest.fixture
def operator(commands: Commands, tmp_path: Path, ledger_url: str) -> Any:
    operator = Operator(commands, tmp_path, ledger_url)
    yield operator
    operator.client.close()


RUN: Final = ("run", "--all-hosts", "--without-gateway")


def test_a_sound_ledger_is_left_alone(operator: Operator) -> None:
    """Nothing is lost: the plan says so, and a run changes nothing."""
    pin_ledger(operator.client, operator.state_dir)
    before = operator.client.get(keys.EPOCH)
    code, (told,) = operator.recover("plan")
    assert (code, told["what"], told["lost"]) == (DONE, "sound", False)
    code, (refused,) = operator.recover(*RUN)
    assert (code, refused["error"]) == (CONFIG, "ledger_not_lost")
    assert operator.client.get(keys.EPOCH) == before


def test_a_host_without_an_archive_is_told_too(operator: Operator) -> None:
    """Most have none: what is left are its log of intents and the gateway. None is made either."""
    (operator.state_dir / FILE_NAME).unlink()
    remember(operator.state_dir, Pin("a" * 32, 5))
    code, (told, sources, *_) = operator.recover("plan")
    assert (code, told["what"], told["lost"], sources["archived_to"]) == (DONE, "forgotten", True, None)
    assert not (operator.state_dir / FILE_NAME).exists()


@pytest.mark.parametrize("words", ["parked list", "quarantine list", "disputes list"])
def test_a_ledger_that_has_forgotten_does_not_say_that_nothing_is_there(operator: Operator, words: str) -> None:
    """It is empty for another reason. One in which there is nothing says so."""
    pin_ledger(operator.client, operator.state_dir)
    assert operator.ask(*words.split()) == (DONE, [])
    operator.client.flushdb()
    code, (told,) = operator.ask(*words.split())
    assert (code, told["error"]) == (CONFIG, "ledger_lockdown")


def test_another_ledger_is_not_taken(operator: Operator) -> None:
    """A wrong URL leads to somebody's ledger in use: its marker stays."""
    remember(operator.state_dir, Pin("a" * 32, 5))
    operator.client.set(keys.EPOCH, "b" * 32)
    _, (told,) = operator.recover("plan")
    assert told["what"] == "other"
    code, (refused,) = operator.recover(*RUN)
    assert (code, refused["error"]) == (CONFIG, "ledger_foreign")
    assert operator.client.get(keys.EPOCH) == b"b" * 32


def test_a_host_that_knows_no_ledger_rebuilds_none(operator: Operator) -> None:
    """It would not know whose place the new one takes."""
    _, (told,) = operator.recover("plan")
    assert told["what"] == "unknown_here"
    assert operator.recover(*RUN)[0] == CONFIG


@pytest.mark.parametrize(
    ("epoch", "intents", "what", "missing"),
    [("", "0", "forgotten", 5), ("a" * 32, "3", "older", 2), ("recovering-" + "c" * 32, "0", "rebuilding", 5)],
)
def test_what_happened_is_named_and_mended(
    operator: Operator, epoch: str, intents: str, what: str, missing: int
) -> None:
    """Each kind of loss has its word; after a run this host takes the heir, and hears of it."""
    remember(operator.state_dir, Pin("a" * 32, 5))
    if epoch:
        operator.client.mset({keys.EPOCH: epoch, keys.INTENTS: intents})
    _, (told, *_) = operator.recover("plan")
    assert (told["what"], told["lost"], told["intents_missing"]) == (what, True, missing)
    code, said = operator.recover(*RUN)
    assert (code, said[-1]["rebuilt"], said[-1]["paused"]) == (DONE, True, list(QUEUES))
    ledger = SyncLedger(operator.client, "")
    assert diagnose(ledger, remembered(operator.state_dir)).what == "heir"
    assert pin_ledger(operator.client, operator.state_dir).sequence > 5
    assert diagnose(ledger, remembered(operator.state_dir)).what == "sound"


def test_logs_of_another_host_are_exported(operator: Operator) -> None:
    """A host's log is a folder of files; one that has none says so."""
    assert operator.recover("export", "out")[1] == [{"files": 0, "folder": "out"}]
    (operator.state_dir / "intents").mkdir()
    (operator.state_dir / "intents" / "w1.000000.log").write_bytes(b"")
    assert operator.recover("export", "out")[1] == [{"files": 1, "folder": "out"}]
    assert (operator.state_dir / "out" / "w1.000000.log").exists()
