"""With a stream that takes no more events nothing moves that has to be told, in the real ledger as in its double."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import pytest

from producers.runtime.ledger.call import Call
from tests.contract.ledger.alike import end_of, hold_the_same
from tests.contract.ledger.chain_moves import ChainMoves
from tests.contract.ledger.moves import Moves
from tests.contract.ledger.pair import Pair
from tests.contract.ledger.reattempt_moves import ReattemptMoves

#: Sequences of each kind; calls before the stream takes nothing, while it does not, and after it does again.
SEQUENCES, BEFORE, UNTOLD, AFTER = 15, 60, 30, 20

_REFUSED = ("unavailable", False)


def _plain(random: Random) -> tuple[Iterable[Call[Any]], Callable[[], Call[Any]]]:
    return (), Moves(random).next


def _asked(random: Random) -> tuple[Iterable[Call[Any]], Callable[[], Call[Any]]]:
    moves = Moves(random)
    return moves.asked(), moves.next_of_asked


def _held(random: Random) -> tuple[Iterable[Call[Any]], Callable[[], Call[Any]]]:
    moves = Moves(random)
    return moves.held(), moves.next_of_held


def _stopped(random: Random) -> tuple[Iterable[Call[Any]], Callable[[], Call[Any]]]:
    moves = Moves(random)
    return moves.stopped(), moves.next_of_stopped


def _chained(random: Random) -> tuple[Iterable[Call[Any]], Callable[[], Call[Any]]]:
    moves = ChainMoves(random)
    return moves.chained(), moves.next_of_chained


def _parked(random: Random) -> tuple[Iterable[Call[Any]], Callable[[], Call[Any]]]:
    moves = ReattemptMoves(random)
    return moves.parked(), moves.next_of_parked


@pytest.mark.parametrize(
    ("kind", "before", "refused"),
    [
        (_plain, BEFORE, {"claim", "settle"}),
        (_asked, BEFORE, {"settle", "step"}),
        (_held, BEFORE // 2, {"hold", "settle", "warn"}),
        (_stopped, 4, {"cancel"}),
        (_chained, BEFORE, {"settle", "succeed"}),
        (_parked, BEFORE, {"reattempt", "settle"}),
    ],
)
async def test_what_cannot_be_told_does_not_happen(
    ledger_url: str,
    kind: Callable[[Random], tuple[Iterable[Call[Any]], Callable[[], Call[Any]]]],
    before: int,
    refused: set[str],
) -> None:
    """A call that has something to tell is refused and has changed nothing, however much it writes; afterwards all goes
    on, and each transition is told once.
    """
    met: Counter[str] = Counter()
    for seed in range(SEQUENCES):
        pair = Pair(ledger_url)
        opening, draw = kind(Random(seed))
        try:
            for call in opening:
                await pair.run(call)
            for number in range(before + UNTOLD + AFTER):
                if number == before:
                    pair.exhaust()
                elif number == before + UNTOLD:
                    await hold_the_same(pair, f"seed {seed}, untold")
                    pair.mend()
                call = draw()
                real, double = await pair.run(call)
                assert real == double, f"seed {seed}, call {number}: {call.script} {end_of(real)} {call.args}"
                if number in range(before, before + UNTOLD) and double == _REFUSED:
                    met[call.script] += 1
            await hold_the_same(pair, f"seed {seed}")
        finally:
            await pair.close()
    assert set(met) >= refused, met
