"""Every crash point of both phases: killed there, frozen there until it is too late, and asked to stop there."""

from __future__ import annotations

import pytest

from producers.contract import states
from tests.chaos.holds import takings
from tests.chaos.oracle import violations
from tests.chaos.phases import SCENES, WAYS, Aftermath, Scene, play

pytestmark = pytest.mark.slow


#: The ways to be struck where two phases are asked for, and one where the account takes every charge so.
RUNS = {**{str(how): (how, True) for how in WAYS}, "KILL-by-default": (WAYS[0], False)}


@pytest.fixture(scope="module", params=RUNS)
def aftermath(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """One run of all scenes per way."""
    how, asked = RUNS[request.param]
    return play(tmp_path_factory.mktemp(f"phases-struck-by-{request.param}"), how, asked=asked)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_order_ends_as_it_must(aftermath: Aftermath, scene: Scene) -> None:
    """Whatever point its worker was lost at: once held it is settled, and what was never held is not charged."""
    assert aftermath.books.orders[scene.order_id].state == scene.end(aftermath.how)


def test_an_order_is_settled_once_if_it_is_approved_and_else_never(aftermath: Aftermath) -> None:
    """The gateway's books know one settlement of the whole amount per approved order, and no other."""
    approved = [name for name, record in aftermath.books.orders.items() if record.state == states.APPROVED]
    assert takings(aftermath.holds) == {name: ["10.00"] for name in approved}


def test_no_hold_is_left_holding(aftermath: Aftermath) -> None:
    """What was not settled was let go."""
    assert [hold for hold in aftermath.holds if hold.still_holds] == []


def test_the_books_agree(aftermath: Aftermath) -> None:
    """One final event per order, histories are paths, one authorisation requested per intent, nothing is open."""
    assert violations(aftermath.books) == []


def test_workers_that_met_no_blow_hold_nothing_at_their_end(aftermath: Aftermath) -> None:
    """SIGTERM ends a worker with exit code 0."""
    assert set(aftermath.exit_codes_of_the_well) == {0}
