"""A chain is charged once at the most and ends truly, in every interleaving there is; with a rule less it does not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from producers.contract import states
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import Moved, NotYours
from tests.rules.chain_model import explore
from tests.simulation.ledger import LedgerDouble
from tests.simulation.ledger_rows import Row
from workers.payments.chains import closed

pytestmark = pytest.mark.slow


def test_every_interleaving_is_well() -> None:
    """Nothing is wrong in any moment, and from each the order can still end."""
    explored = explore()
    assert (explored.wrong, explored.endless) == ([], 0)
    assert explored.moments > 1_000
    assert explored.ended > 100


class _Unguarded(LedgerDouble):
    """Whoever likes may end a root."""

    def ends_as_the_last(self, row: Row, to: str, given: Mapping[Argument, Argument]) -> bool:
        return True


def _hasty(root: Record, last: Record) -> Call[Moved | NotYours] | None:
    """What is unknown was not charged."""
    if last.state == states.UNKNOWN:
        last = Record(last.order_id, {**last.fields, "state": b"not_charged"})
    return closed(root, last)


@pytest.mark.parametrize(("kind", "harm"), [(_Unguarded, True), (LedgerDouble, False)])
def test_the_model_can_tell(kind: type[LedgerDouble], harm: bool) -> None:
    """The ledger's guard alone keeps a hasty hand from harm; without it the harm is found, with the way to it."""
    assert bool(explore(_hasty, kind).wrong) == harm
