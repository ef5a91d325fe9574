"""Commands that are killed in the middle: the same command again goes on, and nothing is done twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from producers.batches.manifest import BLOCK_ROWS
from producers.enqueue import Enqueuer
from producers.runtime.ledger import keys
from tests.eventually import eventually
from tests.integration.batches.desk import Desk
from tests.integration.enqueuer.test_enqueuer import settings_for
from workers.cli.batches.input import BatchFile, opened
from workers.cli.batches.submission import Submission
from workers.cli.shell.failures import CommandError

#: Enough rows that a command is met in the middle of them.
ROWS = 4000


def killed_in_the_middle(desk: Desk, batch: str, state: str, *arguments: str) -> int:
    """Start the command, and kill it once some orders are in that state; how many are."""
    child = desk.start(*arguments)
    try:
        eventually(lambda: desk.counts(batch).get(state, 0) > 0, f"the first order is {state}")
    finally:
        child.kill()
        child.wait()
    return desk.counts(batch).get(state, 0)


def ended(desk: Desk, event: str) -> list[str]:
    """Orders that were told to have ended so."""
    told: Any = desk.ledger.xrange(keys.EVENTS)
    return [fields[b"id"].decode() for _, fields in told if fields[b"id"].endswith(event.encode())]


def test_a_submit_that_was_killed_goes_on(desk: Desk) -> None:
    """The rows it had accepted are known, the others are accepted, and each has one order that is to be told once."""
    path = str(desk.file(ROWS))
    some = killed_in_the_middle(desk, "big", "accepted", "submit", "--name", "big", path)
    assert 0 < some < ROWS
    again = json.loads(desk.run("submit", "--json", "--name", "big", path).out)
    assert again["accepted"] + again["known_before"] == ROWS
    assert again["known_before"] >= some
    assert desk.counts("big") == {"accepted": ROWS}
    assert desk.ledger.llen(keys.UNTOLD) == ROWS


def test_a_cancel_that_was_killed_is_finished_by_another(desk: Desk) -> None:
    """Every order ends once, with one event."""
    desk.run("submit", "--name", "big", str(desk.file(ROWS)))
    some = killed_in_the_middle(desk, "big", "cancelled", "cancel", "big")
    assert 0 < some < ROWS
    again = desk.run("cancel", "--json", "big")
    assert (again.code, json.loads(again.out)["unsent"]) == (0, 0)
    assert desk.counts("big") == {"cancelled": ROWS}
    assert len(ended(desk, ":cancelled")) == ROWS


@pytest.fixture
def changing(tmp_path: Path, queue_url: str, ledger_url: str) -> Iterator[tuple[Enqueuer, Path]]:
    """A producer in this process, and a file of three blocks."""
    desk = Desk(tmp_path / "desk", queue_url, ledger_url)
    with Enqueuer(settings_for(tmp_path, queue_url, ledger_url)) as enqueuer:
        yield enqueuer, desk.file(3 * BLOCK_ROWS)


def test_rows_that_changed_since_they_were_judged_are_not_submitted(changing: tuple[Enqueuer, Path]) -> None:
    """Nor any of their thousand: what limits and totals were held against is what is charged."""
    enqueuer, path = changing
    with opened(str(path), format="csv", mode="test") as batch:
        judged = batch.survey(lambda _: None)
        data = path.read_bytes()
        row = BLOCK_ROWS + 7
        line = data.splitlines(keepends=True)[row]
        with (path.parent / "changed.csv").open("w+b") as changed:
            changed.write(data.replace(line, line.replace(b"Invoice", b"invoice")))
            other: BatchFile = replace(batch, stream=changed)
            submission = Submission(enqueuer, other, "b1", 0, judged)
            with pytest.raises(CommandError, match=f"from row {BLOCK_ROWS + 1} on the file changed"):
                list(submission.answers())
    assert submission.done <= BLOCK_ROWS
