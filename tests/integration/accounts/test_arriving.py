"""Which of the orders under way in a process are still to come to the lane of an account."""

from __future__ import annotations

from pathlib import Path

from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from producers.vault import load_opening_keys, load_producers
from tests.rules.crew import ACCOUNT, RULES, hire
from tests.rules.mutants import Ground
from tests.rules.world import ORDER, a_world
from workers.payments.charge import Charger
from workers.payments.checks import Checks
from workers.payments.spool import Spool


async def test_an_order_that_is_sent_already_takes_no_place(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """It waits for its customer. While an answer is told to the gateway, as many of batches are taken as without it."""
    arriving = []

    async def finalize(order_id: str) -> None:
        arriving.append(charger.under_way.arriving)

    async with a_world(Ground(tmp_path, valkey)) as world:
        settings, hand = world.settings, hire(world, "w")
        assert settings.seal_private_keys_file is not None and settings.producers_file is not None
        checks = Checks(
            load_opening_keys(settings.seal_private_keys_file), load_producers(settings.producers_file), mode="test"
        )
        spool = Spool(settings.state_dir, "w")
        charger = Charger(
            "w", world.executor(), {ACCOUNT: hand.lane}, checks, spool, RULES, hand.witness, pending=finalize
        )
        world.accept()
        world.ledger.read("HSET", keys.order(ORDER), "state", states.PENDING)
        await charger(ORDER)
    assert arriving == [0]
