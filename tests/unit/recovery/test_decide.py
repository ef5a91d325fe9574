"""What orders of a lost ledger become, for every life and every remainder there can be."""

from __future__ import annotations

from collections import Counter

import pytest

from producers.contract import states
from producers.runtime.ledger.record import Record
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


@pytest.mark.parametrize("state", [states.SENDING, states.UNKNOWN])
@pytest.mark.parametrize("all_logs", [True, False])
def test_what_was_on_its_way_when_the_copy_was_made_is_asked_about(state: str, all_logs: bool) -> None:
    """The lost ledger may have gone on from there: to another order, or to a hold that it chose and settled."""
    assert decide(None, sent_as(8), Copied(state), counted=8, all_logs=all_logs) == "ask"


@pytest.mark.parametrize(
    ("further", "all_logs", "step"), [("b", True, "keep"), ("b", False, "wait"), ("", False, "keep")]
)
def test_what_was_to_go_on_goes_on_only_where_nobody_can_have_sent_it(further: str, all_logs: bool, step: Step) -> None:
    """The copy has the order pending and its backup sealed. A host without a log may have sent that since."""
    row = Copied(states.PENDING, Record("ORD-1", {"further": further.encode()}))
    assert decide(None, sent_as(8), row, counted=8, all_logs=all_logs) == step


@pytest.mark.parametrize("row", [None, Copied(states.ACCEPTED), Copied(states.SENDING), Copied(states.UNKNOWN)])
@pytest.mark.parametrize("told", [None, states.ACCEPTED, states.UNKNOWN, states.PENDING])
def test_an_order_that_another_went_on_for_waits_for_that_one(told: str | None, row: Copied | None) -> None:
    """Its own payment is declined, and says nothing of how it ends."""
    known = known_as(told) if told else None
    assert decide(known, sent_as(8), row, counted=7, all_logs=True, went_on=True) == "wait"
