"""Every crash point of a worker whose order is continued: killed there, frozen there, and asked to stop there."""

from __future__ import annotations

import pytest

from producers.contract import states
from tests.chaos.chains import SCENES, Aftermath, Scene, play
from tests.chaos.oracle import violations
from tests.chaos.ways import struck_in_every_way

pytestmark = pytest.mark.slow


#: What one run of all scenes per way left behind.
aftermath = struck_in_every_way(play, "chains")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_order_ends_as_it_must(aftermath: Aftermath, scene: Scene) -> None:
    """Whatever point its worker was lost at: as the last order of its chain has."""
    assert aftermath.books.orders[scene.order_id].state == scene.end(aftermath.how)


def test_a_chain_is_charged_once_if_it_is_approved_and_else_never(aftermath: Aftermath) -> None:
    """Over all orders of it, by the gateway's own books."""
    books = aftermath.books
    charged = {
        scene.order_id: sum(
            books.charges.get(record.ref, {}).get("approved", 0)
            for record in books.orders.values()
            if scene.order_id in (record.order_id, record.root)
        )
        for scene in SCENES
    }
    assert charged == {name: int(books.orders[name].state == states.APPROVED) for name in charged}


def test_the_books_agree(aftermath: Aftermath) -> None:
    """One final event per order, histories are paths, one request per intent, no card is kept, nothing is open."""
    assert violations(aftermath.books) == []


def test_workers_that_met_no_blow_hold_nothing_at_their_end(aftermath: Aftermath) -> None:
    """SIGTERM ends a worker with exit code 0."""
    assert set(aftermath.exit_codes_of_the_well) == {0}
