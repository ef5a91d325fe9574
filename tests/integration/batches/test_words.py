"""What an operator says of a whole batch: checked first, written down, and done; a rehearsal does neither."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from tests import ledgers
from workers.console import actions
from workers.operations.batches import Halted, cancel_batch, pause_batch, resume_batch
from workers.operations.desk import Desk
from workers.operations.errors import NothingThere, OperationRefused


class Trail:
    """Lines of an audit trail that are only remembered."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, action: str, subject: str, **details: str) -> None:
        self.lines.append((action, subject))


@pytest.fixture
def trail() -> Trail:
    """Nothing was done yet."""
    return Trail()


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """A ledger with a batch of three orders that nobody has taken."""
    ledger = ledgers.open_ledger(ledger_url)
    for number in range(3):
        ledgers.accept(ledger, f"N-{number}", batch="b1")
    return ledger


def desk(ledger: SyncLedger, url: str, trail: Trail, *, dry_run: bool = False) -> Desk:
    """The operator's."""
    client = redis.Redis.from_url(url, protocol=2)
    return Desk(ledger, client, client, trail, "ona@console", dry_run)


def states(ledger: SyncLedger) -> list[str]:
    """Of the three."""
    return [ledgers.read(ledger, f"N-{number}").state for number in range(3)]


def test_a_batch_is_paused_resumed_and_cancelled(ledger: SyncLedger, ledger_url: str, trail: Trail) -> None:
    """Each answers what stopped it before, and its walk how many it met."""
    at = desk(ledger, ledger_url, trail)
    paused, resumed = pause_batch(at, "b1"), resume_batch(at, "b1", 4)
    assert (paused.before, list(paused.steps), resumed.before, sum(resumed.steps)) == ("", [], "paused", 3)
    cancelled = cancel_batch(at, "b1", 4)
    assert (cancelled.before, sum(cancelled.steps), states(ledger)) == ("", 3, ["cancelled"] * 3)
    assert trail.lines == [("batch.pause", "b1"), ("batch.resume", "b1"), ("batch.cancel", "b1")]


@pytest.mark.parametrize("word", ["pause", "resume", "cancel"])
def test_a_rehearsal_says_no_word_and_writes_no_line(
    ledger: SyncLedger, ledger_url: str, trail: Trail, word: str
) -> None:
    """The batch is as it was."""
    at = desk(ledger, ledger_url, trail, dry_run=True)
    halted = {
        "pause": lambda: pause_batch(at, "b1"),
        "resume": lambda: resume_batch(at, "b1", 4),
        "cancel": lambda: cancel_batch(at, "b1", 4),
    }[word]()
    assert (list(halted.steps), states(ledger), trail.lines) == ([], ["accepted"] * 3, [])
    assert ledger.read("GET", keys.halt("b1")) is None


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_cannot_be_is_refused_before_it_is_written_down(
    ledger: SyncLedger, ledger_url: str, trail: Trail, dry_run: bool
) -> None:
    """A batch of nobody, and one that was cancelled: in a rehearsal too."""
    assert sum(cancel_batch(desk(ledger, ledger_url, Trail()), "b1", 4).steps) == 3
    at = desk(ledger, ledger_url, trail, dry_run=dry_run)
    with pytest.raises(NothingThere, match="no batch nobodys"):
        pause_batch(at, "nobodys")
    refusals: list[Callable[[], Halted]] = [lambda: pause_batch(at, "b1"), lambda: resume_batch(at, "b1", 4)]
    for refused in refusals:
        with pytest.raises(OperationRefused, match="that stays") as told:
            refused()
        assert told.value.code == "batch_cancelled"
    assert trail.lines == []


def test_a_click_waits_for_so_long_and_says_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk of a large batch is gone on with by the same click."""
    assert actions._walked(Halted("", iter([250, 7]))) == " 257 orders were met."
    assert actions._walked(Halted("", iter([]))) == ""
    monkeypatch.setattr(actions, "WALK_S", -1.0)
    steps = iter([250, 7])
    assert actions._walked(Halted("", steps)) == " 250 orders were met so far: do the same again for the rest."
    assert list(steps) == [7]
