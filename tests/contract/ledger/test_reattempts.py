"""The simulation's ledger answers as the real one does about parked orders that two operators have sent once more."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.contract.ledger.alike import end_of, hold_the_same
from tests.contract.ledger.pair import Pair
from tests.contract.ledger.reattempt_moves import ReattemptMoves

pytestmark = pytest.mark.slow

#: Sequences, and calls in each.
SEQUENCES, LENGTH = 50, 120
#: Milliseconds that may pass between two calls: within a proposal's time, and beyond it.
PAUSES_MS = (*(0,) * 12, 1, 300, 399, 400)
#: What must have been met by the time that all were played, or nothing was shown.
MET = {
    "propose Proposed",
    "propose stale",
    *(f"reattempt {end}" for end in ("Moved", "stale", "unconfirmed", "contradicted")),
    *(f"intent {end}" for end in ("Granted", "overtaken", "stale")),
    *(f"settle {end}" for end in ("Moved", "stale", "contradicted")),
}


async def test_every_answer_about_new_attempts_is_the_same(ledger_url: str) -> None:
    """Who may say so, what is made, who may be sent, who ends how."""
    met: Counter[str] = Counter()
    for seed in range(SEQUENCES):
        pair, moves = Pair(ledger_url), ReattemptMoves(Random(seed))
        try:
            for call in moves.parked():
                await pair.run(call)
            for number in range(LENGTH):
                call = moves.next_of_parked()
                real, double = await pair.run(call)
                assert real == double, f"seed {seed}, call {number}: {call.script} {call.args}"
                met[f"{call.script} {end_of(double)}"] += 1
                pair.advance(moves.random.choice(PAUSES_MS))
            await hold_the_same(pair, f"seed {seed}")
        finally:
            await pair.close()
    assert set(met) >= MET, met
