"""Rows that somebody has written by hand with a producer's password hold up no other order."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from tests.rules.crew import Duties, hire
from tests.rules.mutants import Ground
from tests.rules.world import a_world


@pytest.mark.parametrize("row", [{"state": "sending"}, {"state": "sending", "amount_minor": "much", "currency": "EUR"}])
async def test_a_sweep_goes_on_behind_a_row_that_nobody_can_read(
    valkey: EmbeddedValkey, tmp_path: Path, row: dict[str, str]
) -> None:
    """It is overdue before all others; the accepted order is put on the queue all the same."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept()
        world.later()
        for field, value in row.items():
            world.ledger.read("HSETNX", keys.order("FORGED"), field, value)
        world.ledger.read("ZADD", keys.DUE, 0, "FORGED")
        duties = Duties(world)
        await duties.sweep()
        await duties.work_off(hire(world, "first"))
        assert world.record().state == states.APPROVED


async def test_a_round_of_the_resolver_goes_on_behind_it(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """A sweep has made it unknown; the order behind it, whose answer was lost, is found in the gateway's list."""
    forged = {"state": "sending", "amount_minor": "1", "currency": "EUR", "lane": "default", "recovered_at": "then"}
    async with a_world(Ground(tmp_path, valkey)) as world:
        for field, value in forged.items():
            world.ledger.read("HSETNX", keys.order("FORGED"), field, value)
        world.ledger.read("ZADD", keys.DUE, 0, "FORGED")
        duties = Duties(world)
        await duties.sweep()
        assert world.record("FORGED").state == states.UNKNOWN
        world.accept()
        world.fault("charge_then_reset")
        await hire(world, "first").take()
        await duties.scan()
        await duties.resolver.round()
        assert world.record().state == states.APPROVED
        assert ("resolver", "row_unreadable") in duties.witness.troubles
