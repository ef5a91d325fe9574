"""What orders of a lost ledger become, for every life and every remainder there can be."""

from __future__ import annotations

from collections import Counter

import pytest

from producers.contract import states
from tests.unit.recovery.lives import Loss, known_as, losses, sent_as
from workers.recovery.decide import UNSENT, Copied, Step, decide


def _step(loss: Loss) -> Step:
    return decide(loss.known, loss.sent, loss.row, counted=loss.counted, all_logs=loss.all_logs)


def _somehow_left(loss: Loss) -> bool:
    return loss.known is not None or loss.sent is not None or loss.row is not None


LOSSES = [loss for loss in losses() if _somehow_left(loss)]


def test_what_may_have_left_is_never_sent_again() -> None:
    """A row that can still be taken stays only where no request of the order can be on its way or have arrived."""
    harmful = [
        loss
        for loss in LOSSES
        if loss.truth.left and _step(loss) == "keep" and loss.row is not None and loss.row.state in UNSENT
    ]
    assert harmful == []


def test_what_may_have_been_charged_is_never_said_not_to_be() -> None:
    """An order ends as never sent only where nothing of it can have left."""
    assert [loss for loss in LOSSES if loss.truth.left and _step(loss) == "never_sent"] == []


def test_an_end_is_the_one_that_there_was() -> None:
    """What the archive tells as ended has ended so, and what the copy has as ended stays."""
    ends = [loss for loss in LOSSES if _step(loss) == "end"]
    assert {loss.known.state for loss in ends if loss.known} <= states.TERMINAL
    assert [loss for loss in ends if loss.known and loss.known.state != loss.truth.state] == []


def test_the_lives_are_all_there() -> None:
    """Each step is taken somewhere, so none of the facts above is empty."""
    steps = Counter(map(_step, LOSSES))
    assert set(steps) == {"keep", "end", "ask", "wait", "park", "never_sent"}
    assert len(LOSSES) > 1000


def test_a_copy_that_was_overtaken_is_asked_about() -> None:
    """The copy has the order unsent, and a host has logged an intent that the copy has not counted."""
    assert decide(None, sent_as(9), Copied(states.CLAIMED), counted=8, all_logs=True) == "ask"


def test_a_copy_that_knows_of_the_intent_stays() -> None:
    """The intent was given back before the copy was made: the order is still to be charged."""
    assert decide(None, sent_as(8), Copied(states.ACCEPTED), counted=8, all_logs=True) == "keep"


@pytest.mark.parametrize("row", [None, Copied(states.ACCEPTED)])
def test_without_all_logs_nothing_unsent_is_believed(row: Copied | None) -> None:
    """Another host may have sent it."""
    assert decide(known_as(states.ACCEPTED), None, row, counted=5, all_logs=False) == "park"
