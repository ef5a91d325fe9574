"""A trail that was lost with its ledger is explained by the archive, and by nothing less."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from producers.contract.audit import START, Entry, Head, chained, verify
from producers.contract.audit_losses import TRAIL_ENDED, chain_to, explained, loss_in
from producers.contract.card_numbers import contains_card_number
from tests.unit.contract.builders import PAN


def trail(*subjects: str, ended: Head | None = None, action: str = "ledger.lockdown") -> list[Entry]:
    """Lines one after the other; with `ended` the first says where the lost trail ended."""
    entries: list[Entry] = []
    for number, subject in enumerate(subjects):
        telling = ended is not None and number == 0
        details = {TRAIL_ENDED: f"{ended.seq} {ended.hash}"} if telling and ended else {}
        before = entries[-1].head if entries else START
        what = action if telling else "batch.pause"
        entries.append(chained(before, at_ms=1, actor="a@b", action=what, subject=subject, details=details))
    return entries


LOST = trail("a", "b", "c")
END = LOST[-1].head
HERE = trail("none", "d", ended=END)


def heads(*trails: Sequence[Entry]) -> list[Head]:
    return [entry.head for each in trails for entry in each]


def lines(entries: Sequence[Entry]) -> list[bytes]:
    return [entry.line for entry in entries]


def archived(entries: Sequence[Entry]) -> dict[str, bytes]:
    return {entry.head.hash: entry.line for entry in entries}


@pytest.mark.parametrize("action", ["ledger.lockdown", "ledger.recover"])
def test_a_lost_trail_that_the_archive_has_is_no_finding(action: str) -> None:
    """And the ends of the present one are held against the present one alone."""
    here = trail("none", "d", ended=END, action=action)
    loss = loss_in(lines(here), heads(LOST, here))
    assert loss is not None and (loss.told_by, loss.end, list(loss.rest)) == (1, END, heads(here))
    verdict = explained(loss, chain_to(END, archived([*LOST, *here])))
    assert (verdict.lines, verdict.findings) == (3, ())
    assert verify(lines(here), loss.rest).findings == ()


def test_an_end_that_looks_like_a_card_is_told_as_it_is() -> None:
    """Six hashes in ten thousand have digits in a row that a card could have."""
    end = Head(3, f"{'a' * 24}{PAN}{'b' * 24}")
    assert contains_card_number(end.hash) and len(end.hash) == len(START.hash)
    here = trail("none", ended=end)
    loss = loss_in(lines(here), [end, *heads(here)])
    assert loss is not None and loss.end == end


@pytest.mark.parametrize("missing", range(3))
def test_one_that_is_not_whole_there_stays_a_finding(missing: int) -> None:
    """Whoever writes such a line himself excuses nothing."""
    loss = loss_in(lines(HERE), heads(LOST, HERE))
    assert loss is not None
    left = archived([entry for number, entry in enumerate(LOST) if number != missing])
    assert explained(loss, chain_to(END, left)).findings[0].code == "trail_lost"


def test_one_that_was_written_anew_in_the_archive_stays_a_finding() -> None:
    """The host remembers another end."""
    forged = trail("a", "x", "c")
    loss = loss_in(lines(HERE), heads(LOST, HERE))
    assert loss is not None
    assert explained(loss, lines(forged)).findings[0].code == "trail_lost"


def test_an_end_that_this_host_never_saw_says_nothing() -> None:
    """Nor does one that stands in the present trail: a rebuilding's line follows that of the lockdown."""
    assert loss_in(lines(HERE), heads(HERE)) is None
    first = chained(START, at_ms=1, actor="a@b", action="batch.pause", subject="a", details={})
    told = {TRAIL_ENDED: f"{first.head.seq} {first.head.hash}"}
    then = chained(first.head, at_ms=1, actor="a@b", action="ledger.recover", subject="e", details=told)
    assert loss_in(lines([first, then]), heads([first, then])) is None


def test_a_trail_of_an_older_copy_is_explained_too() -> None:
    """It has the lost one's beginning, and goes on by itself."""
    told = {TRAIL_ENDED: f"{END.seq} {END.hash}"}
    lockdown = chained(LOST[0].head, at_ms=1, actor="a@b", action="ledger.lockdown", subject="e", details=told)
    here = [LOST[0], lockdown]
    loss = loss_in(lines(here), heads(LOST, [lockdown]))
    assert loss is not None
    assert explained(loss, chain_to(END, archived([*LOST, lockdown]))).findings == ()
    assert verify(lines(here), loss.rest).findings == ()
    assert [each.code for each in verify(lines(here), heads(LOST, [lockdown])).findings] == [
        "line_replaced",
        "end_missing",
    ]


def test_of_two_losses_the_last_is_asked_for() -> None:
    """The one before was explained when it happened."""
    third = trail("none", "e", ended=HERE[-1].head)
    loss = loss_in(lines(third), heads(LOST, HERE, third))
    assert loss is not None and loss.end == HERE[-1].head
    assert explained(loss, chain_to(loss.end, archived([*LOST, *HERE]))).findings == ()
