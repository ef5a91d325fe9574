"""What is written of an order into a ledger that is being rebuilt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from producers.contract import states
from tests.unit.recovery.lives import known_as
from workers.recovery.restoring import call_for
from workers.recovery.sources import Left


@pytest.mark.parametrize(("reason", "kept"), [("new_attempt", "new_attempt"), ("backup", "ledger_lost")])
def test_an_order_that_was_sent_once_more_stays_one(reason: str, kept: str) -> None:
    """It ends otherwise than a declined one, and the list goes on being held against it."""
    told = known_as(states.PENDING)
    assert told is not None
    known = replace(told, successor="ORD-1-a2", reason=reason)
    call = call_for(Left(known.order_id, known, None, None, "ORD-1-a2"), "wait", window_ms=1, all_logs=True)
    assert call is not None
    fields = dict(zip(call.args[7::2], call.args[8::2], strict=True))
    assert (fields["reason"], fields["successor"]) == (kept, "ORD-1-a2")
