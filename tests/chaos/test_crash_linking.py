"""Every crash point of a worker that makes payment links: killed there, frozen there, and asked to stop there."""

from __future__ import annotations

import pytest

from tests.chaos.linking import SCENES, Aftermath, Scene, play
from tests.chaos.oracle import violations
from tests.chaos.ways import struck_in_every_way

pytestmark = pytest.mark.slow


#: What one run of all scenes per way left behind.
aftermath = struck_in_every_way(play, "linking")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.order_id)
def test_the_order_ends_as_it_was_paid(aftermath: Aftermath, scene: Scene) -> None:
    """Whatever point its worker was lost at: approved if somebody was told the address, proven unpaid if nobody was."""
    assert aftermath.books.orders[scene.order_id].state == scene.end(aftermath.how)


def test_the_books_agree(aftermath: Aftermath) -> None:
    """What was paid equals outcomes, one final event per order, histories are paths, one request per intent."""
    assert violations(aftermath.books) == []


def test_whoever_asked_for_a_payment_was_struck_too(aftermath: Aftermath) -> None:
    """Between the list that shows a payment and the answer that decides, a worker was lost."""
    assert aftermath.resolver_struck


def test_workers_that_met_no_blow_hold_nothing_at_their_end(aftermath: Aftermath) -> None:
    """SIGTERM ends a worker with exit code 0."""
    assert set(aftermath.exit_codes_of_the_well) == {0}
