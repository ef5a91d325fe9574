"""The simulation's ledger answers as the real one does, call by call, over thousands of drawn sequences."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from producers.contract.states import TERMINAL
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.results import Exists
from tests.contract.ledger.alike import end_of, hold_the_same
from tests.contract.ledger.chain_moves import ROOTS, ChainMoves
from tests.contract.ledger.leaving_moves import Leaving
from tests.contract.ledger.moves import Moves
from tests.contract.ledger.pair import EPOCH, Pair
from tests.simulation.ledger import LedgerDouble

#: Sequences per test, in a few tests so that a red one names a small range; calls per sequence.
SEQUENCES = 25
LENGTH = 60
#: Milliseconds that may pass between two calls: within, at and beyond every lease and grace of the moves.
PAUSES_MS = (*(0,) * 12, 1, 300, 399, 400)
LONG_PAUSES_MS = (1_499, 1_500, 2_000, 5_000)


#: What must have been met by the time that all were played, or nothing was shown.
MET = {
    *(f"finalize {end}" for end in ("Taken", "no_step", "other_version", "too_many")),
    *(f"try_answer {end}" for end in ("Trying", "busy", "exhausted", "stale")),
    *(f"step {end}" for end in ("Moved", "stale")),
    "settle Moved",
}


#: The same of holds.
MET_OF_HOLDS = {
    *(f"hold {end}" for end in ("Moved", "stale")),
    *(f"turn {end}" for end in ("Moved", "busy", "stale")),
    *(f"settle {end}" for end in ("Moved", "stale")),
    "let_go bool",
    *(f"warn {end}" for end in ("told", "again")),
}


#: The same of batches that were cancelled: how many of the orders that were to end were left.
MET_OF_CANCELLED = {*(f"cancel {left} left" for left in (2, 3, 4)), "settle Moved", "release Moved"}


#: The same of chains.
MET_OF_CHAINS = {
    *(f"succeed {end}" for end in ("Moved", "stale", "missing", "contradicted")),
    *(f"intent {end}" for end in ("Granted", "stale")),
    *(f"withdraw {end}" for end in ("Record", "no_link", "missing")),
    "settle Moved",
    "settle stale",
}


#: The same of orders that leave.
MET_OF_LEAVING = {
    *(f"retire {end}" for end in ("retired", "again", "young", "stale", "due", "chain", "followed", "strays")),
    *(f"bury {end}" for end in ("buried", "again", "row", "taken")),
    "accept archived",
    "withdraw Record",
    "finalize no_step",
}


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
async def test_every_answer_is_the_same(ledger_url: str, block: int) -> None:
    """Whatever is asked in whatever order, both answer alike, and both hold the same afterwards."""
    for seed in range(block * SEQUENCES, (block + 1) * SEQUENCES):
        pair = Pair(ledger_url)
        try:
            await _play(pair, Random(seed), f"seed {seed}")
        finally:
            await pair.close()


@pytest.mark.slow
async def test_every_answer_about_customers_is_the_same(ledger_url: str) -> None:
    """The same for orders whose customers are asked: what they answer, whose turn it is, which step is due."""
    met: Counter[str] = Counter()
    for seed in range(SEQUENCES):
        pair, moves = Pair(ledger_url), Moves(Random(seed))
        try:
            for call in moves.asked():
                await pair.run(call)
            for number in range(2 * LENGTH):
                call = moves.next_of_asked()
                real, double = await pair.run(call)
                assert real == double, f"seed {seed}, call {number}: {call.script} {call.args}"
                met[f"{call.script} {end_of(double)}"] += 1
                pair.advance(moves.random.choice(PAUSES_MS))
            await hold_the_same(pair, f"seed {seed}")
        finally:
            await pair.close()
    assert set(met) >= MET


@pytest.mark.slow
async def test_every_answer_about_holds_is_the_same(ledger_url: str) -> None:
    """The same for two-phase orders: which hold is chosen, whose turn it is, which are strays."""
    met: Counter[str] = Counter()
    strays = 0
    for seed in range(SEQUENCES):
        pair, moves = Pair(ledger_url), Moves(Random(seed))
        try:
            for call in moves.held():
                await pair.run(call)
            for number in range(LENGTH):
                call = moves.next_of_held()
                real, double = await pair.run(call)
                assert real == double, f"seed {seed}, call {number}: {call.script} {call.args}"
                met[f"{call.script} {end_of(double)}"] += 1
                strays += len(pair.double.strays)
                pair.advance(moves.random.choice(PAUSES_MS))
            await hold_the_same(pair, f"seed {seed}")
        finally:
            await pair.close()
    assert set(met) >= MET_OF_HOLDS
    assert strays


@pytest.mark.slow
async def test_every_answer_about_chains_is_the_same(ledger_url: str) -> None:
    """The same for orders that others go on for: who goes on, who may be sent, and how the first of them ends."""
    met: Counter[str] = Counter()
    for seed in range(SEQUENCES):
        pair, moves = Pair(ledger_url), ChainMoves(Random(seed))
        try:
            for call in moves.chained():
                await pair.run(call)
            # A chain has three orders to be sent and to end: it is longer on its way than one order.
            for number in range(3 * LENGTH):
                call = moves.next_of_chained()
                real, double = await pair.run(call)
                assert real == double, f"seed {seed}, call {number}: {call.script} {call.args}"
                met[f"{call.script} {end_of(double)}"] += 1
                pair.advance(moves.random.choice(PAUSES_MS))
            met["closed"] += sum(
                row["state"].decode() in TERMINAL and "successor" in row and "root" not in row
                for row in pair.double.rows.values()
            )
            met["three"] += sum(f"{root}-a3" in pair.double.rows and f"{root}-a2" in pair.double.rows for root in ROOTS)
            await hold_the_same(pair, f"seed {seed}")
        finally:
            await pair.close()
    assert set(met) >= MET_OF_CHAINS
    assert met["closed"] and met["three"]


@pytest.mark.slow
async def test_every_answer_about_leaving_is_the_same(ledger_url: str) -> None:
    """The same for orders that leave, at any moment: what they wait for, and what is answered in their stead."""
    met: Counter[str] = Counter()
    for seed in range(SEQUENCES):
        random = Random(seed)
        pair = Pair(ledger_url)
        moves = Leaving(random, pair.double.record)
        try:
            for call in moves.leaving():
                await pair.run(call)
            for number in range(3 * LENGTH):
                call = moves.next_of_leaving()
                real, double = await pair.run(call)
                assert real == double, f"seed {seed}, call {number}: {call.script} {call.args}"
                archived = isinstance(double, Exists) and double.record.is_archived
                met[f"{call.script} {'archived' if archived else end_of(double)}"] += 1
                pair.advance(random.choice(PAUSES_MS))
            await hold_the_same(pair, f"seed {seed}")
        finally:
            await pair.close()
    assert set(met) >= MET_OF_LEAVING


async def test_every_answer_about_cancelled_batches_is_the_same(ledger_url: str) -> None:
    """The same for orders whose batch is cancelled: which of them end at once, and which are left."""
    met: Counter[str] = Counter()
    for seed in range(2 * SEQUENCES):
        pair, moves = Pair(ledger_url), Moves(Random(seed))
        try:
            for call in moves.stopped():
                await pair.run(call)
            for number in range(LENGTH // 4):
                call = moves.next_of_stopped()
                real, double = await pair.run(call)
                assert real == double, f"seed {seed}, call {number}: {call.script} {call.args}"
                left = call.script == "cancel" and isinstance(double, tuple)
                met[f"{call.script} {f'{len(double)} left' if left else end_of(double)}"] += 1
                pair.advance(moves.random.choice(PAUSES_MS))
            await hold_the_same(pair, f"seed {seed}")
        finally:
            await pair.close()
    assert set(met) >= MET_OF_CANCELLED, met


async def test_a_wrong_double_is_told_apart(ledger_url: str) -> None:
    """A double that forgets one rule differs from the real ledger within a few sequences."""
    for seed in range(60):
        pair = Pair(ledger_url, kind=_TakesFromTheLiving)
        try:
            await _play(pair, Random(seed), f"seed {seed}")
        except AssertionError:
            return
        finally:
            await pair.close()
    pytest.fail("no sequence told it apart")


class _TakesFromTheLiving(LedgerDouble):
    """Anybody may claim what a living worker holds."""

    def alive(self, worker: str, at: int, presence_ms: int) -> bool:
        return False


async def test_events_wait_for_replicas_in_both(pair: Pair) -> None:
    """With replicas an event is told only once it was published, and in the order in which it came."""
    pair.replicate()
    moves = Moves(Random(7))
    for _ in range(80):
        real, double = await pair.run(moves.next())
        assert real == double
    real_events, double_events = pair.events()
    assert (real_events, double_events) == ([], [])
    newest_real, newest_double = await pair.read("XREVRANGE", keys.OUTBOX, "+", "-", "COUNT", 1)
    published = await pair.real.run(calls.publish(newest_real[0][0].decode(), 500))
    assert published == pair.double.apply(calls.publish(newest_double[0][0].decode(), 500), EPOCH)
    real_events, double_events = pair.events()
    assert real_events == double_events != []


async def test_every_word_of_an_operator_is_answered_the_same(pair: Pair) -> None:
    """What was said before, of each queue and account; and what is kept is what was said last."""
    moves = Moves(Random(1))
    for _ in range(LENGTH):
        call = moves.next_of_said()
        real, double = await pair.run(call)
        assert real == double, f"{call.script} {call.args}"
    real, double = await pair.read("HGETALL", keys.OPERATIONS)
    assert real == double != {}


async def test_a_lost_epoch_locks_both_down(pair: Pair) -> None:
    """Without its marker neither ledger does anything for anybody."""
    moves = Moves(Random(1))
    pair.lose_epoch()
    for _ in range(60):
        assert await pair.run(moves.next()) == (("lockdown", None), ("lockdown", None))


async def _play(pair: Pair, random: Random, name: str) -> None:
    moves = Moves(random)
    for number in range(LENGTH):
        call = moves.next()
        real, double = await pair.run(call)
        assert real == double, f"{name}, call {number}: {call.script} {call.args}"
        pair.advance(random.choice(PAUSES_MS + LONG_PAUSES_MS))
    await hold_the_same(pair, name)
