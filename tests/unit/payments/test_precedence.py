"""Who comes first where orders wait."""

from __future__ import annotations

import pytest

from workers.precedence import Line, Share


def a_line(first: int, of_batches: int) -> Line[str]:
    """So many of each; those of batches came first."""
    line: Line[str] = Line(10)
    for turn in range(of_batches):
        line.add(turn, f"batch-{turn}", batch=True)
    for turn in range(first):
        line.add(of_batches + turn, f"first-{turn}", batch=False)
    return line


@pytest.mark.parametrize(("asked", "granted"), [([1] * 10, [0] * 9 + [1]), ([5, 5, 128], [0, 1, 12]), ([200], [20])])
def test_a_share_is_granted_in_whole_ones(asked: list[int], granted: list[int]) -> None:
    """What is less than one is owed."""
    share = Share(10)
    assert [share.of(many) for many in asked] == granted


def test_those_that_somebody_waits_for_come_first() -> None:
    """However long those of batches have waited; of ten that are let through one is theirs."""
    line = a_line(first=18, of_batches=50)
    let_through = [line.pop() for _ in range(20)]
    assert [who for who in let_through if who.startswith("first")] == [f"first-{number}" for number in range(18)]
    assert [let_through.index(f"batch-{number}") for number in range(2)] == [9, 19]


def test_batches_alone_have_everything() -> None:
    """In their own order, and nothing of it counts as their share later."""
    line = a_line(first=0, of_batches=50)
    assert [line.pop() for _ in range(50)] == [f"batch-{number}" for number in range(50)]
    assert len(line) == 0


def test_a_turn_is_kept() -> None:
    """Who had to come again stands before all of its like who came later."""
    line = a_line(first=3, of_batches=0)
    again = line.pop()
    line.add(0, again, batch=False)
    assert line.pop() == "first-0"
