"""Every crash point between the parts of a payment, and between the decline of one and the refund of another."""

from __future__ import annotations

from collections import Counter

import pytest

from producers.contract import states
from producers.splits import progress
from tests.chaos.oracle import violations
from tests.chaos.splitting import SCENES, TOTAL_MINOR, Aftermath, Scene, play
from tests.chaos.ways import struck_in_every_way

pytestmark = pytest.mark.slow


#: What one run of all scenes per way left behind.
aftermath = struck_in_every_way(play, "splits")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_payment_ends_as_it_must(aftermath: Aftermath, scene: Scene) -> None:
    """Whatever point its worker was lost at."""
    assert aftermath.splits[scene.name].state in scene.may_end(aftermath.how)


def test_all_is_kept_or_nothing(aftermath: Aftermath) -> None:
    """By the gateway's own books: what was approved less what was refunded."""
    kept: Counter[str] = Counter({scene.name: 0 for scene in SCENES})
    for record in aftermath.books.orders.values():
        times = aftermath.books.charges.get(record.ref, {}).get("approved", 0)
        name = record.order_id.removeprefix("SPL-").partition(".")[0]
        kept[name] += times * record.amount.minor * (-1 if record.kind else 1)
    wanted = {name: TOTAL_MINOR if split.state == progress.COMPLETED else 0 for name, split in aftermath.splits.items()}
    assert dict(kept) == wanted


def test_each_end_is_told_once(aftermath: Aftermath) -> None:
    """By one event, and it says what the payment ended as."""
    ends = [f"split/{split.split_id}/{split.state}" for split in aftermath.splits.values()]
    assert sorted(aftermath.told) == sorted(ends)


def test_no_part_is_given_back_twice(aftermath: Aftermath) -> None:
    """One order that gives it back is approved, and any before that is proven not to have."""
    for record in aftermath.books.orders.values():
        if record.kind and record.state != states.APPROVED:
            assert record.state == states.NOT_CHARGED


def test_the_books_agree(aftermath: Aftermath) -> None:
    """One final event per order, histories are paths, one request per intent, no card is kept, nothing is open."""
    assert violations(aftermath.books) == []


def test_workers_that_met_no_blow_hold_nothing_at_their_end(aftermath: Aftermath) -> None:
    """SIGTERM ends a worker with exit code 0."""
    assert set(aftermath.exit_codes_of_the_well) == {0}
