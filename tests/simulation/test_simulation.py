"""Thousands of small worlds go wrong in every way there is, and no order is lost, doubled or told falsely."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.changing import changed
from tests.simulation.campaign import play_many, traced
from tests.simulation.chance import virtual
from tests.simulation.faults import FAULTS
from tests.simulation.later_link import LATER_FAULTS
from tests.simulation.mutants import MUTANTS
from tests.simulation.seeds import SEEDS, Seed
from tests.simulation.variant import Variant
from tests.simulation.world import play

#: Seeds of the slice that every run of the suite plays, in blocks, so that a red one is found soon; and those in which
#: every fault is met.
BLOCK, BLOCKS = 500, 4
MEETING = 100
#: Everything at once, and then what needs another fault to be met, or is switched off by one.
GROUNDS = (
    dict.fromkeys(FAULTS, 0.05),
    {"ledger.away": 0.5, "spool.refuses": 0.9},
    {"post.charged_then_lost": 0.5, "get.fails": 0.3, "get.not_found": 0.3},
    {"list.omits_row": 0.1},
    {"list.lags": 0.1},
    {"post.rate_limited_yet_charged": 0.3},
    dict.fromkeys(LATER_FAULTS, 0.2),
)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_world_comes_to_a_true_end(block: int) -> None:
    """At most one charge per order, one POST per intent, and one true outcome for every accepted order."""
    tally = play_many(block * BLOCK, BLOCK)
    assert {result.seed: result.violations for result in tally.red} == {}


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_what_was_red_once_stays_green(seed: Seed) -> None:
    """A world that once ended badly does not any more, and does again when the fault is put back."""
    fault = next(mutant for mutant in MUTANTS if mutant.name == seed.mutant)
    assert traced(seed.number, Variant(faults=fault.variant.faults)).violations == []
    with changed(fault.changes):
        assert traced(seed.number, fault.variant).violations != []


@pytest.mark.parametrize("seed", [3, 97, 1146])
def test_a_seed_repeats_itself(seed: int) -> None:
    """The same seed gives the same run, step by step, whatever ran before it."""
    first = traced(seed)
    play_many(500, 5)
    second = traced(seed)
    assert (first.trace, first.steps, first.hits) == (second.trace, second.steps, second.hits)


def test_a_world_finds_nothing_of_another(tmp_path: Path) -> None:
    """What an earlier world left in its spool is not recorded in this one."""
    with virtual():
        alone = play(40, tmp_path)
        (tmp_path / "spool").mkdir(exist_ok=True)
        (tmp_path / "spool" / "left.jsonl").write_bytes(b"{}\n")
        after = play(40, tmp_path)
    assert (after.steps, after.hits) == (alone.steps, alone.hits)
    assert not list((tmp_path / "spool").iterdir())


def test_a_trace_changes_nothing() -> None:
    """Looking at a run does not change it: what is red untold is red when it is told."""
    plain = play_many(40, 1)
    told = traced(40)
    assert (plain.steps, plain.hits) == (told.steps, told.hits)


@pytest.mark.slow
def test_every_fault_strikes() -> None:
    """No named fault is one that never happens."""
    met: set[str] = set()
    for rates in GROUNDS:
        tally = play_many(0, MEETING, variant=Variant(faults=rates))
        assert tally.red == []
        met |= {name.partition(":")[0] for name in tally.hits}
    assert set(FAULTS) - met == set()


@pytest.mark.slow
def test_it_does_not_matter_when_messages_are_acknowledged() -> None:
    """The ledger is the truth and the message only a wake-up call: acknowledged before its handler ran, it is as if
    it were lost, and the sweeper finds the order."""
    tally = play_many(0, 300, variant=Variant(early_ack=True, faults={"process.killed_at_step": 0.2}))
    assert {result.seed: result.violations for result in tally.red} == {}
