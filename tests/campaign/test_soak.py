"""The soak: it steers to what lacks blows, its slices add up, and its ledger says what was and what was not done."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.campaign.catalogue.points import counted, struck
from tests.campaign.catalogue.table import BY_NAME
from tests.campaign.draw import fits
from tests.campaign.handing import hand_on, taken
from tests.campaign.judge import Tally
from tests.campaign.ledger import Ledger
from tests.campaign.points import BLOWS, GOALS, POINTS, PRODUCER_POINTS, blow
from tests.campaign.run import Outcome
from tests.campaign.search import Search
from tests.campaign.steering import SAME_MAX, SLOW, allotted, steered
from tests.eventually import eventually
from tests.stack import ROOT

OUTCOME = Outcome(
    seed=7,
    payments=500,
    faults=("redis-kill", "worker-kill-W3x2"),
    left_out={"disk-full-aof": "mount: not here"},
    states=Counter(approved=499, declined=1),
    hits=Counter({"W3-KILL": 2}),
    tally=Tally(),
    search=Search(Counter(ledger=10_000_000), []),
    workers_started=4,
    seconds=15.0,
)


def test_blows_go_to_what_is_furthest_from_its_goal() -> None:
    """With everything else at its goal, all that a run may strike of one kind is struck there."""
    hits = Counter({blow(*pair): goal for pair, goal in BLOWS.items() if pair != ("W7", "STOP")})
    assert allotted(hits, SAME_MAX) == {("W7", "STOP"): SAME_MAX}


def test_every_goal_is_reached_by_runs_that_strike_as_they_are_told() -> None:
    """So many runs as the goals need, and a third more, reach all of them: no kind of blow starves."""
    hits: Counter[str] = Counter()
    for _ in range(sum(BLOWS.values()) // 48 * 4 // 3):
        hits.update({blow(*pair): count for pair, count in allotted(hits, 48).items()})
    assert [pair for pair, goal in BLOWS.items() if hits[blow(*pair)] < goal] == []


def test_a_failed_write_needs_workers_that_live() -> None:
    """In a run of failed writes nobody but producers is struck besides."""
    hits = Counter({blow(*pair): goal for pair, goal in BLOWS.items() if pair[0] != SLOW})
    assert {point for point, _ in allotted(hits, 100)} <= {SLOW, *PRODUCER_POINTS}


def test_blows_come_on_top_of_the_faults_of_the_seed() -> None:
    """All of these stay, and what they exclude is left out."""
    drawn = (BY_NAME["redis-flushall"],)
    assert steered(drawn, {("W1", "KILL"): 2}) == drawn
    together = steered((BY_NAME["input-pickle"],), {("W1", "KILL"): 2, ("P3", "STOP"): 1})
    assert [fault.name for fault in together] == ["input-pickle", "worker-kill-W1x2", "producer-stop-P3x1"]
    assert all(fits(fault, [other for other in together if other is not fault]) for fault in together)


def test_a_name_with_a_count_stands_for_so_many_blows() -> None:
    """What a failing run is repeated by names each blow."""
    for point, how in BLOWS:
        name = struck(point, how, 3).name
        fault = counted(name)
        assert fault is not None
        assert (fault.name, name.removesuffix("x3") in BY_NAME) == (name, True)
    assert counted("redis-kill") is None


def test_an_outcome_is_handed_on_whole(tmp_path: Path) -> None:
    """Nothing is lost between the process of a run and the one that counts."""
    hand_on(OUTCOME, tmp_path / "outcome")
    assert taken(tmp_path / "outcome") == OUTCOME


def test_slices_add_up(tmp_path: Path) -> None:
    """A ledger that is read again goes on where it was."""
    path = tmp_path / "build" / "soak.json"
    for seed in (1, 2, 3, 7):
        ledger = Ledger.read(path)
        outcome = taken(_left(tmp_path, OUTCOME))
        outcome.seed = seed
        ledger.add(outcome)
        ledger.write(path)
    ledger = Ledger.read(path)
    assert (ledger.payments, ledger.hits["W3-KILL"], ledger.states.total()) == (2000, 8, 2000)
    assert "4 runs, 2000 payments, 16 workers started" in ledger.told
    assert "seeds 1-3, 7" in ledger.told


def test_the_ledger_tells_points_by_kind_and_what_could_not_be_made() -> None:
    """Every point has its row, and a fault that this machine cannot make is there by name, with the reason."""
    ledger = Ledger()
    ledger.add(OUTCOME)
    lines = ledger.told.splitlines()
    assert {line.split()[0] for line in lines if line.startswith("  ")} >= set(POINTS)
    assert ["W3", "2", "0", "0", *POINTS["W3"].split()] in [line.split() for line in lines]
    assert "0 charged twice, 0 lost, 0 with an untrue outcome, 0 cards found in 10 MB, 0 runs failed" in lines
    assert lines[-2:] == ["1 cannot be made on this machine:", "  disk-full-aof: mount: not here, drawn 1 times"]


def test_the_ledger_hides_nothing() -> None:
    """A run that failed is there with the command that repeats it, and what it lost is counted."""
    ledger = Ledger()
    outcome = Outcome(9, 100, ("redis-kill",), {}, ["ORD-1: was accepted and is lost"], tally=Tally(1, 2, 3))
    outcome.search.finds.append("file 1.log: pan")
    ledger.add(outcome)
    assert "1 charged twice, 2 lost, 3 with an untrue outcome, 1 cards found in 0 MB, 1 runs failed" in ledger.told
    assert "python -m tests.campaign --seed 9 --payments 100 --faults redis-kill" in ledger.told


def test_goals_are_two_hundred() -> None:
    """Every point is killed and frozen so often; being asked to stop is one row of the protocol's table."""
    assert (GOALS["KILL"], GOALS["STOP"]) == (200, 200)
    assert sum(goal for (_, how), goal in BLOWS.items() if how == "TERM") >= 200


@pytest.mark.slow
def test_a_soak_that_is_stopped_tells_its_ledger(tmp_path: Path) -> None:
    """SIGTERM gives up the run under way, stops all that it started, and the ledger is told."""
    soak = subprocess.Popen(
        [sys.executable, "-m", "tests.campaign.soak", "--minutes", "5", "--seed", "3", "--payments", "200"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: list(tmp_path.glob("campaign-*/1.log")), "a worker was started", within_s=90)
    soak.send_signal(signal.SIGTERM)
    said, _ = soak.communicate(timeout=60)
    assert said.startswith("0 runs, 0 payments")
    assert list(tmp_path.iterdir()) == []


def _left(directory: Path, outcome: Outcome) -> Path:
    hand_on(outcome, directory / "outcome")
    return directory / "outcome"
