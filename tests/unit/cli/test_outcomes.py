"""A batch counted by state, and how it is shown without a terminal."""

from __future__ import annotations

import pytest

from workers.cli.outcomes import LINE_EVERY_S, Tally, Ticker
from workers.cli.output import Screen


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_every_order_is_final_parked_or_open() -> None:
    """What is counted is one of the three, so that `open` reaches zero."""
    tally = Tally.read({b"approved": b"3", b"not_charged": b"1", b"parked": b"2", b"unknown": b"4", b"sending": b"5"})
    assert (tally.known, tally.final, tally.parked, tally.open) == (15, 4, 2, 9)


def test_the_mix_names_outcomes_first_and_leaves_out_what_is_empty() -> None:
    """One reads what happened, then what is in doubt; the engine's own states are not shown."""
    tally = Tally({"sending": 5, "unknown": 4, "approved": 3, "declined": 0})
    assert tally.mix() == "3 approved, 4 unknown"


def test_without_a_terminal_there_is_a_line_every_second(capsys: pytest.CaptureFixture[str]) -> None:
    """A log gets one line per second at the most, with pace and time to go, on stderr."""
    clock = Clock()
    with Ticker(Screen(), "batch", 100, clock=clock) as ticker:
        ticker.show(Tally({"approved": 1}))
        clock.now = LINE_EVERY_S
        ticker.show(Tally({"approved": 20}))
        clock.now += LINE_EVERY_S / 2
        ticker.show(Tally({"approved": 30}))
    out, err = capsys.readouterr()
    assert (out, err) == ("", "batch: 20/100 done; 20 approved; 20/s, 4 s to go\n")
