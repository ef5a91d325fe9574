"""Every crash point of a worker: killed there, frozen there until it is too late, and asked to stop there.

`scenes.play` runs them all once per way; the tests here look at what was left behind. Times are scaled by settings.
"""

import signal

import pytest

from producers.contract import states
from tests.chaos.oracle import violations
from tests.chaos.scenes import ASKED, MIRROR, RESOLVER, SCENES, Aftermath, Scene, play
from tests.chaos.ways import struck_in_every_way

pytestmark = pytest.mark.slow

#: A killed worker dies of that; a frozen one of its watchdog, before it can act late; one that may finish exits with 0.
EXIT_CODES = {"KILL": -signal.SIGKILL, "STOP": -signal.SIGALRM, "TERM": 0}
#: Points at which nothing of the request has arrived whole, and a lost worker must never send it.
UNSENT = {"ORD-intended", "ORD-written-by-half"}


#: What one run of all scenes per way left behind.
aftermath = struck_in_every_way(play, "points")


@pytest.mark.parametrize("scene", [*SCENES, ASKED], ids=lambda scene: scene.name)
def test_the_order_ends_as_the_protocol_says(aftermath: Aftermath, scene: Scene) -> None:
    """Whatever point its worker was lost at, an order reaches the end that the table of crash points names."""
    assert aftermath.books.orders[scene.order_id].state == scene.end(aftermath.how)


@pytest.mark.parametrize("what", [MIRROR, RESOLVER, *(scene.order_id for scene in SCENES)])
def test_the_struck_worker_is_gone_before_it_can_act_late(aftermath: Aftermath, what: str) -> None:
    """A frozen worker dies of its watchdog as it is thawed, and one that was asked to stop holds nothing at its end."""
    assert aftermath.exit_codes[what] == EXIT_CODES[aftermath.how]


def test_the_books_agree(aftermath: Aftermath) -> None:
    """Charges equal outcomes, one final event per order, histories are paths, one post per intent, nothing is open."""
    assert violations(aftermath.books) == []


def test_nobody_sends_twice(aftermath: Aftermath) -> None:
    """No order of any scene was posted more than once, and those lost before the last byte never."""
    posts = {order_id: row["posts"] for order_id, row in aftermath.books.charges.items()}
    unsent = {"ORD-written-by-half"} if aftermath.how == "TERM" else UNSENT
    assert posts == {scene.order_id: 1 for scene in (*SCENES, ASKED) if scene.order_id not in unsent}


def test_a_lost_worker_records_nothing_any_more(aftermath: Aftermath) -> None:
    """An answer that was there when its worker was lost is found again through `unknown`, and not written late."""
    paths = {
        name: [line.state for line in aftermath.books.orders[f"ORD-{name}"].history]
        for name in ("answered", "answered-declined")
    }
    assert {name: states.UNKNOWN in path for name, path in paths.items()} == dict.fromkeys(
        paths, aftermath.how != "TERM"
    )


def test_an_unsent_order_is_claimed_again_under_another_token(aftermath: Aftermath) -> None:
    """What a lost worker had claimed and not promised is taken over by a worker that does not know the old token."""
    tokens = [line.token for line in aftermath.books.orders["ORD-claimed"].history if line.state == states.CLAIMED]
    assert len(set(tokens)) == len(tokens) >= (1 if aftermath.how == "TERM" else 2)


def test_workers_that_met_no_blow_hold_nothing_at_their_end(aftermath: Aftermath) -> None:
    """SIGTERM ends a worker with exit code 0."""
    assert set(aftermath.exit_codes_of_the_well) == {0}
