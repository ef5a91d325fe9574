"""An order that nobody here can open: kept, in sight, and asked for ever less often."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.settings import Settings
from producers.vault import generate_keys
from tests.rules.crew import RULES, hire
from tests.rules.mutants import Ground
from tests.rules.world import a_world

#: Times that a worker takes the order; the rests before jitter are then 1, 2, 4, 8 and 16 of the first.
TAKEN = 5


async def test_an_order_of_an_unknown_producer_rests_longer_each_time(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """It is never refused, for the producer may yet be put on the list; every return says why, and costs no claim."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept()
        others = generate_keys(tmp_path / "others", producer="another").producers
        world.settings = Settings.from_environ({**world.env, "PRODUCERS_FILE": str(others)})
        hand = hire(world, "first", rules=replace(RULES, hold_back_s=1.0))
        rests_ms = []
        for _ in range(TAKEN):
            world.later()
            await hand.take()
            record = world.record()
            rests_ms.append(record.number("not_before") - record.number("since"))
        assert (record.state, record.number("claims")) == (states.ACCEPTED, 0)
        assert {line.detail for line in record.history if line.state == states.ACCEPTED and line.token} == {
            "producer_unknown"
        }
        assert hand.witness.troubles == [("envelope", "producer_unknown")] * TAKEN
        # Jitter makes a half to one and a half of each: alone it could make three times as much, sixteen becomes five.
        assert rests_ms[-1] > 4 * rests_ms[0]
