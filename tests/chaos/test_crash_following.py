"""Every crash point of a worker that refunds, settles or voids: killed there, frozen there, and asked to stop there."""

from __future__ import annotations

import pytest

from tests.chaos.following import SCENES, Aftermath, Scene, play
from tests.chaos.oracle import FOREIGN, violations
from tests.chaos.ways import struck_in_every_way

pytestmark = pytest.mark.slow


#: What one run of all scenes per way left behind.
aftermath = struck_in_every_way(play, "following")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.order_id)
def test_the_order_ends_as_the_protocol_says(aftermath: Aftermath, scene: Scene) -> None:
    """Whatever point its worker was lost at, the order reaches the end that is true at the gateway."""
    assert aftermath.books.orders[scene.order_id].state == scene.end(aftermath.how)


def test_the_books_agree(aftermath: Aftermath) -> None:
    """What was made equals outcomes, one final event per order, histories are paths, one request per intent."""
    assert violations(aftermath.books) == []


def test_nobody_sends_twice(aftermath: Aftermath) -> None:
    """No refund, settlement or void was requested more than once, but for one that the gateway had not taken (429)."""
    orders = {record.ref: order_id for order_id, record in aftermath.books.orders.items()}
    posts = {orders[ref]: row["posts"] for ref, row in aftermath.books.charges.items() if not ref.startswith(FOREIGN)}
    again = {order_id for order_id, many in posts.items() if many != 1}
    assert again <= {scene.order_id for scene in SCENES if scene.fault == "rate_limited_429"}


def test_workers_that_met_no_blow_hold_nothing_at_their_end(aftermath: Aftermath) -> None:
    """SIGTERM ends a worker with exit code 0."""
    assert set(aftermath.exit_codes_of_the_well) == {0}
