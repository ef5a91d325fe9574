"""How a batch that runs is shown without a terminal."""

from __future__ import annotations

import json

import pytest

from workers.cli.batches.ticker import LINE_EVERY_S, PACE_OVER_S, Pace, Ticker
from workers.cli.shell.output import Screen
from workers.operations.tally import Tally


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


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
    assert (out, err) == ("", "batch: 20/100 done; 20 approved; 19/s, 4 s to go\n")


def test_what_was_done_before_the_first_look_is_nobodys_pace() -> None:
    """Whoever begins to watch a batch late is not told that it did everything at once."""
    pace = Pace(1000)
    pace.add(0.0, 900)
    assert (pace.per_s, pace.left_s, pace.words()) == (0.0, None, "")
    pace.add(2.0, 920)
    assert (pace.per_s, pace.left_s, pace.words()) == (10.0, 8.0, "10/s, 8 s to go")


def test_a_slow_pace_is_told_by_the_minute_and_what_is_left_is_never_no_time() -> None:
    """`0/s, 90 s to go` contradicts itself, and `0 s to go` beside open orders too."""
    slow = Pace(4)
    slow.add(0.0, 0)
    slow.add(20.0, 1)
    assert slow.words() == "3/min, 60 s to go"
    fast = Pace(1000)
    fast.add(0.0, 0)
    fast.add(1.0, 900)
    assert fast.words() == "900/s, 1 s to go"


def test_the_pace_is_that_of_late() -> None:
    """A pause is seen, and what was fast an hour ago does not count."""
    pace = Pace(10_000)
    pace.add(0.0, 0)
    pace.add(1.0, 5000)
    for second in range(2, 2 * int(PACE_OVER_S)):
        pace.add(float(second), 5000)
    assert (pace.per_s, pace.left_s, pace.as_fields()) == (0.0, None, {"per_s": 0.0, "left_s": None})


def test_programs_get_a_record_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json progress is on stdout: of which batch, how far, how fast, and what stops it."""
    clock, screen = Clock(), Screen()
    screen.as_json = True
    with Ticker(screen, "batch", 100, told={"batch": "b1"}, clock=clock) as ticker:
        ticker.show(Tally({"accepted": 100}))
        clock.now = LINE_EVERY_S
        ticker.show(Tally({"approved": 20, "accepted": 80}), "paused")
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == (
        {"batch": "b1", "halt": "paused", "rows": 100, "done": 20, "open": 80, "approved": 20, "accepted": 80,
         "per_s": 20.0, "left_s": 4.0},
        "",
    )  # fmt: skip
